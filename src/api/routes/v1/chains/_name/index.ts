import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { resolveSteps } from '../../../../../jobs/train/resolve-transforms.js'
import { type ChainVersion, getChain, removeChain, saveChain } from '../../../../../registry/chains.js'
import { ChainName, TransformStep } from '../../../../../transforms/chain/steps.js'
import { ChainAnswer, chainAnswer } from '../../../../chain-answer.js'
import { problems } from '../../../../problem.js'

const params = Type.Object({ name: ChainName }, { additionalProperties: false })

const ChainRequest = Type.Object(
  {
    transforms: Type.Array(TransformStep, {
      minItems: 1,
      maxItems: 100,
      description: 'Steps in their order',
    }),
  },
  {
    additionalProperties: false,
    examples: [
      {
        transforms: [
          { name: 'impute', columns: '*_length', options: { strategy: 'median' } },
          { name: 'scale', columns: '*_length', options: { method: 'robust' } },
        ],
      },
    ],
  },
)

const ChainWithVersions = Type.Object(
  {
    ...ChainAnswer.properties,
    versions: Type.Array(ChainAnswer, { description: 'All versions, ascending' }),
  },
  { title: 'ChainWithVersions', description: 'The newest version, and what versions there are' },
)

const chain: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'PUT',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'saveChain',
      tags: ['chains'],
      summary: 'Saves a chain of transforms under a name: a new version',
      description:
        'The steps are checked and stored with every option, not fitted; a training job names them as ' +
        '`"transforms": { "chain": "flowers@1" }` and keeps a copy. The very steps of the newest version make no new one.',
      params,
      body: ChainRequest,
      response: {
        200: Type.Object(ChainAnswer.properties, { description: 'The newest version has these steps' }),
        201: Type.Object(ChainAnswer.properties, { description: 'A new version' }),
        ...problems(413, 415, 422),
      },
    },
    handler: async ({ params: { name }, body: { transforms } }, reply) => {
      const steps = resolveSteps(transforms, app.catalogue)
      const { saved, isNew } = await saveChain(db, { name, steps })
      if (!isNew) return reply.code(200).send(chainAnswer(saved))
      const location = `/v1/chains/${name}/versions/${saved.version}`
      return reply.code(201).header('location', location).send(chainAnswer(saved))
    },
  })

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getChain',
      tags: ['chains'],
      summary: 'Shows a saved chain and all its versions',
      params,
      response: { 200: ChainWithVersions, ...problems(404) },
    },
    handler: async ({ params: { name } }) => {
      const versions = await getChain(db, name)
      const newest = chainAnswer(versions.at(-1) as ChainVersion)
      return { ...newest, versions: versions.map(chainAnswer) }
    },
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'removeChain',
      tags: ['chains'],
      summary: 'Removes a saved chain with all versions',
      description: 'Jobs and models keep the copies of its steps that they were given.',
      params,
      response: { 204: Type.Null({ description: 'It is removed' }), ...problems(404) },
    },
    handler: async ({ params: { name } }, reply) => {
      await removeChain(db, { name })
      return reply.code(204).send(null)
    },
  })
}

export default chain
