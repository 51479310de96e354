import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError, shown } from '../../../../../../contracts/errors.js'
import { checkFeedback, FeedbackItem } from '../../../../../../online/check-feedback.js'
import { insertFeedback } from '../../../../../../registry/feedback.js'
import { modelPath } from '../../../../../model-path.js'
import { acceptNdjson } from '../../../../../ndjson-body.js'
import { predictBodyBytes } from '../../../../../predict-route.js'
import { problems } from '../../../../../problem.js'
import { buildValidator } from '../../../../../validator.js'

const labels = [
  { features: { sepal_length: 5.2, petal_length: 1.5 }, label: 'setosa' },
  { features: { sepal_length: 4.8, petal_length: 1.6 }, label: 'setosa' },
  { features: { sepal_length: 6.1, petal_length: 4.7 }, label: 'versicolor' },
  { features: { sepal_length: 5.6, petal_length: 3.9 }, label: 'versicolor' },
  { features: { sepal_length: 6.7, petal_length: 5.7 }, label: 'virginica' },
  { features: { sepal_length: 7.2, petal_length: 6.1 }, label: 'virginica' },
]

const body = {
  content: {
    'application/json': {
      schema: Type.Union([FeedbackItem, Type.Array(FeedbackItem, { minItems: 1 })], {
        examples: [labels[0], labels],
      }),
    },
    'application/x-ndjson': {
      schema: Type.String({
        description: 'One item a line',
        examples: [labels.map((label) => `${JSON.stringify(label)}\n`).join('')],
      }),
    },
  },
}

const feedback: FastifyPluginAsyncTypebox = async (app) => {
  acceptNdjson(app)
  app.route({
    method: 'POST',
    url: '',
    bodyLimit: predictBodyBytes,
    config: { scope: 'feedback' },
    // Items are checked against the model: what is wrong with them is a 422 that names each.
    validatorCompiler: (part) =>
      part.httpPart === 'body' ? (value: unknown) => ({ value }) : buildValidator(part as never),
    schema: {
      operationId: 'sendFeedback',
      tags: ['feedback'],
      summary: 'Stores labels that the model learns from',
      description:
        'One label, a list of them, or one a line as `application/x-ndjson`; each for a prediction by its id or ' +
        'for features. All or nothing; stored durably before the answer. A prediction counts once: its first label.',
      params: Type.Object({ name: modelPath.name }),
      body,
      response: {
        202: Type.Object({
          accepted: Type.Integer({ minimum: 0 }),
          duplicates: Type.Integer({ minimum: 0, description: 'Labels of predictions that had one already' }),
        }),
        ...problems(404, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const { name: model } = request.params
      const items = itemsOf(request.body)
      const champion = await app.deployments.resolve({ model, alias: 'champion' })
      const checked = await checkFeedback(items, {
        champion,
        find: (ids) => app.predictions.find(ids),
        transforms: app.catalogue.transforms,
      })
      reply.code(202)
      return insertFeedback(app.database.db, { model, items: checked })
    },
  })
}
export default feedback

function itemsOf(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body
  if (typeof body === 'object' && body !== null) return [body]
  const expected = 'an object, a list, or NDJSON'
  throw new FlywheelError('request-invalid', `the body: expected ${expected}, received ${shown(body)}`, {
    errors: [{ path: '', expected, received: shown(body) }],
  })
}
