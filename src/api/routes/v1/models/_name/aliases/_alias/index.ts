import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { removeAlias, setAlias } from '../../../../../../../registry/models.js'
import { modelPath } from '../../../../../../model-path.js'
import { problems } from '../../../../../../problem.js'

const params = Type.Object({ name: modelPath.name, alias: modelPath.alias }, { additionalProperties: false })

const AliasRequest = Type.Object(
  {
    version: modelPath.version,
    expected: Type.Optional(
      Type.Union([modelPath.version, Type.Null()], {
        description: 'What the alias must name now, null for nothing; left out: whatever it names',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ version: 1, expected: 1 }] },
)
const Alias = Type.Object({ model: Type.String(), alias: Type.String(), version: modelPath.version })

const alias: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'PUT',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'setAlias',
      tags: ['models'],
      summary: 'Lets an alias name a version',
      description: 'With `expected` it is a compare-and-set: 409 when the alias names another version.',
      params,
      body: AliasRequest,
      response: { 200: Alias, ...problems(404, 409, 413, 415) },
    },
    handler: async ({ params: { name, alias }, body: { version, expected } }) => {
      await setAlias(db, { model: name, alias, version, expected })
      // This api's next prediction is the new version's; the others hear of it.
      await app.deployments.refresh()
      return { model: name, alias, version }
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'removeAlias',
      tags: ['models'],
      summary: 'Removes an alias; the version stays',
      description: 'With `expected` it is a compare-and-set: 409 when the alias names another version.',
      params,
      querystring: Type.Object(
        {
          expected: Type.Optional(Type.Integer({ minimum: 1, description: 'What the alias must name now' })),
        },
        { additionalProperties: false },
      ),
      response: { 204: Type.Null({ description: 'It is removed' }), ...problems(404, 409) },
    },
    handler: async ({ params: { name, alias }, query: { expected } }, reply) => {
      await removeAlias(db, { model: name, alias, expected })
      await app.deployments.refresh()
      return reply.code(204).send(null)
    },
  })
}

export default alias
