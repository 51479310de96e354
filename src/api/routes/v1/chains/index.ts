import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listChains } from '../../../../registry/chains.js'
import { ChainAnswer, chainAnswer } from '../../../chain-answer.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'

const chains: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'listChains',
      tags: ['chains'],
      summary: 'Lists the saved chains of transforms, each with its newest version',
      querystring: PageQuery,
      response: { 200: Page(ChainAnswer), ...problems() },
    },
    handler: async ({ query: { limit = 50, ...cursor } }) => {
      const page = await listChains(app.database.db, { limit, ...cursor })
      return { data: page.data.map(chainAnswer), nextCursor: page.nextCursor }
    },
  })
}

export default chains
