import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { CatalogueAnswer } from '../../catalogue-answer.js'
import { problems } from '../../problem.js'

const Tasks = CatalogueAnswer({
  kind: Type.Enum(['classification', 'regression'], { type: 'string' }),
  metrics: Type.Array(Type.String(), {
    description: 'Headline metrics; the first decides which model is better',
  }),
  families: Type.Array(Type.String(), { description: 'Model families that can learn it' }),
})

const tasks: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/tasks',
    config: { scope: 'none' },
    schema: {
      operationId: 'listTasks',
      tags: ['catalogue'],
      summary: 'Lists the tasks that a training job can name',
      response: { 200: Tasks, ...problems() },
    },
    handler: async () => ({
      data: [...app.catalogue.tasks.values()].map(({ name, summary, kind, metrics }) => ({
        name,
        summary,
        kind,
        metrics: [...metrics],
        families: familiesOf(name),
      })),
      nextCursor: null,
    }),
  })

  const familiesOf = (task: string): string[] =>
    [...app.catalogue.families.values()]
      .filter((family) => family.tasks.includes(task))
      .map((family) => family.name)
}

export default tasks
