import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getChainVersion, removeChain } from '../../../../../../../registry/chains.js'
import { ChainName } from '../../../../../../../transforms/chain/steps.js'
import { ChainAnswer, ChainVersionNumber, chainAnswer } from '../../../../../../chain-answer.js'
import { problems } from '../../../../../../problem.js'

const params = Type.Object({ name: ChainName, version: ChainVersionNumber }, { additionalProperties: false })

const chainVersion: FastifyPluginAsyncTypebox = async (app) => {
  const { db } = app.database

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getChainVersion',
      tags: ['chains'],
      summary: 'Shows a version of a saved chain',
      params,
      response: { 200: ChainAnswer, ...problems(404) },
    },
    handler: async ({ params }) => chainAnswer(await getChainVersion(db, params)),
  })

  app.route({
    method: 'DELETE',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'removeChainVersion',
      tags: ['chains'],
      summary: 'Removes a version of a saved chain; its number is not given again',
      description: 'Jobs and models keep the copies of its steps that they were given.',
      params,
      response: { 204: Type.Null({ description: 'It is removed' }), ...problems(404) },
    },
    handler: async ({ params }, reply) => {
      await removeChain(db, params)
      return reply.code(204).send(null)
    },
  })
}

export default chainVersion
