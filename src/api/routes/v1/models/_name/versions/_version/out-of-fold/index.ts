import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../../../../../contracts/errors.js'
import type { Report } from '../../../../../../../../evaluation/report.js'
import { getVersion } from '../../../../../../../../registry/models.js'
import { modelPath } from '../../../../../../../model-path.js'
import { problems } from '../../../../../../../problem.js'

const outOfFold: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getOutOfFold',
      tags: ['models'],
      summary: 'Gives each row’s answer by the fold that has not learnt from it',
      description:
        'Of a version whose job asked for `evaluation.crossValidation`: one line of JSON a row, `{ row, fold, target }` ' +
        'and what predict answers. Rows are numbered from 1, in the order of the dataset version.',
      params: Type.Object(
        { name: modelPath.name, version: modelPath.version },
        { additionalProperties: false },
      ),
      response: {
        200: {
          description: 'The answers',
          content: { 'application/x-ndjson': { schema: Type.String() } },
        },
        ...problems(404),
      },
    },
    handler: async ({ params: { name, version } }, reply) => {
      const { reportSha256 } = await getVersion(app.database.db, { model: name, version })
      const { crossValidation } = JSON.parse((await app.artifacts.read(reportSha256)).toString()) as Report
      if (crossValidation === undefined) {
        throw new FlywheelError('not-found', `The version ${name}@${version} was not cross-validated`, {
          remedy: 'Train with "evaluation": { "crossValidation": { "folds": 5 } }',
        })
      }
      const { sha256, sizeBytes } = crossValidation.outOfFold
      reply.header('content-length', sizeBytes)
      reply.header('content-disposition', `attachment; filename="${name}-${version}-out-of-fold.ndjson"`)
      return reply.type('application/x-ndjson').send(app.artifacts.stream(sha256) as never)
    },
  })
}

export default outOfFold
