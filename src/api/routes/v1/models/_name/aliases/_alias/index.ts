import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { refusalOf } from '../../../../../../../contracts/errors.js'
import { getAlias, removeAlias, rollBackAlias, setAlias } from '../../../../../../../registry/aliases.js'
import {
  Alias,
  AliasWithChanges,
  aliasAnswer,
  changeAnswer,
  Weights,
} from '../../../../../../alias-answer.js'
import { modelPath } from '../../../../../../model-path.js'
import { problems } from '../../../../../../problem.js'

const params = Type.Object({ name: modelPath.name, alias: modelPath.alias }, { additionalProperties: false })

const AliasRequest = Type.Object(
  {
    version: Type.Optional(modelPath.version),
    weights: Type.Optional(Weights),
    stickyBy: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$',
        description:
          'With weights: a request header, such as `x-user-id`. Requests with the same value are answered by the same version; without the header each is drawn',
      }),
    ),
    shadow: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 2 ** 31 - 1,
        description:
          'A version that gets a copy of the requests; its answers are recorded and given to nobody',
      }),
    ),
    expected: Type.Optional(
      Type.Union([modelPath.version, Type.Null()], {
        description: 'What the alias must name now, null for nothing; left out: whatever it names',
      }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ version: 1, expected: 1 }],
    description: 'The whole of what the alias shall stand for: either a version or weights',
  },
)

const Expected = Type.Object(
  { expected: Type.Optional(Type.Integer({ minimum: 1, description: 'What the alias must name now' })) },
  { additionalProperties: false },
)

const changesShown = 100

const alias: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  /** This api's next prediction is the new version's; the others hear of it. */
  async function follow(changed: { model: string; alias: string }): Promise<void> {
    await app.deployments.refresh()
    await app.deployments.settled(changed)
  }

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getAlias',
      tags: ['models'],
      summary: 'Shows what an alias stands for, and what it has stood for',
      params,
      response: { 200: AliasWithChanges, ...problems(404) },
    },
    handler: async ({ params: { name, alias } }) => {
      const { state, changes } = await getAlias(db, { model: name, alias, limit: changesShown })
      return { ...aliasAnswer({ model: name, alias }, state), changes: changes.map(changeAnswer) }
    },
  })

  app.route({
    method: 'PUT',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'setAlias',
      tags: ['models'],
      summary: 'Lets an alias name a version, or splits its requests between several',
      description:
        'With `weights`, such as `{ "3": 90, "4": 10 }`, each request is answered by one of the versions, in every protocol. With `expected` it is a compare-and-set: 409 when the alias names another version. What answered before goes on until the new versions are in memory; where they can not be loaded nothing changes.',
      params,
      body: AliasRequest,
      response: { 200: Alias, ...problems(404, 409, 413, 415, 507) },
    },
    handler: async ({ params: { name, alias }, body }) => {
      const { expected, ...target } = body
      const wanted = { model: name, alias, ...targetOf(target), expected }
      await app.deployments.prepare(wanted, answering(wanted))
      const state = await setAlias(db, wanted)
      await follow(wanted)
      return aliasAnswer({ model: name, alias }, state)
    },
  })

  app.route({
    method: 'POST',
    url: '/rollback',
    config: { scope: 'train' },
    schema: {
      operationId: 'rollBackAlias',
      tags: ['models'],
      summary: 'Lets an alias stand for what it did before its last change',
      description: 'A second time undoes the first. 409 when it has stood for nothing else before.',
      params,
      querystring: Expected,
      response: { 200: Alias, ...problems(404, 409, 507) },
    },
    handler: async ({ params: { name, alias }, query: { expected } }) => {
      const wanted = { model: name, alias }
      const { state: now, changes } = await getAlias(db, { ...wanted, limit: 1 })
      const before = changes[0]?.before
      const isExpected = expected === undefined || now.version === expected
      if (before && isExpected) await app.deployments.prepare(wanted, answering(before))
      const state = await rollBackAlias(db, { ...wanted, expected })
      await follow(wanted)
      return aliasAnswer({ model: name, alias }, state)
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'removeAlias',
      tags: ['models'],
      summary: 'Removes an alias; its versions stay',
      description: 'With `expected` it is a compare-and-set: 409 when the alias names another version.',
      params,
      querystring: Expected,
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

/** The versions whose answers are given. */
const answering = ({
  version,
  weights,
}: {
  version?: number | undefined
  weights?: Readonly<Record<string, number>> | null | undefined
}): number[] => (weights ? Object.keys(weights).map(Number) : version === undefined ? [] : [version])

type Target = Omit<Static<typeof AliasRequest>, 'expected'>

/** One version, or several by their weights. */
function targetOf({ version, weights, stickyBy, shadow }: Target) {
  if (version === undefined && weights !== undefined) return { weights, stickyBy, shadow }
  if (version === undefined || weights !== undefined) {
    const received = version === undefined ? 'neither' : 'both'
    throw refusalOf('version', 'either a version or weights', received)
  }
  if (stickyBy !== undefined) throw refusalOf('stickyBy', 'weights beside it', 'a version')
  return { version, shadow }
}
