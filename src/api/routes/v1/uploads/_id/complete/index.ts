import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError, shown } from '../../../../../../contracts/errors.js'
import { PersonalData, ReadingOptions } from '../../../../../../contracts/reader.js'
import { DatasetAnswer } from '../../../../../dataset-answer.js'
import { completeUpload } from '../../../../../dataset-upload/complete-upload.js'
import { OnInvalidRowIfGiven } from '../../../../../dataset-upload/options.js'
import { answerVersion } from '../../../../../dataset-upload/take-upload.js'
import { uploadQuery } from '../../../../../dataset-upload/upload-schema.js'
import { problems } from '../../../../../problem.js'
import { UploadId } from '../../../../../upload-answer.js'

const { format, types } = uploadQuery.properties
/** Those of a raw upload; without defaults, which would stand in place of what was given at the start. */
const query = Type.Object(
  {
    onInvalidRow: Type.Optional(OnInvalidRowIfGiven),
    format,
    types,
    personalData: Type.Optional(PersonalData),
    ...ReadingOptions.properties,
  },
  {
    additionalProperties: false,
    description: 'In place of the options that the upload was started with',
  },
)

const complete: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'completeUpload',
      tags: ['uploads'],
      summary: 'Makes a dataset’s version of an upload whose parts have all arrived',
      description:
        'Answers as a plain upload does, also when it is repeated. After an error the parts are still there: send ' +
        'what is wrong again, or complete it with other options.',
      params: Type.Object({ id: UploadId }, { additionalProperties: false }),
      querystring: query,
      response: { 201: DatasetAnswer, ...problems(404, 409, 413, 415, 422, 507) },
    },
    handler: async ({ params: { id }, query, body }, reply) => {
      refuseBody(body)
      return answerVersion(reply, await completeUpload(app, { id, given: query }))
    },
  })
}

/** Options in a body would be passed over. */
function refuseBody(body: unknown): void {
  if (body === undefined || JSON.stringify(body) === '{}') return
  throw new FlywheelError('request-invalid', 'The request takes no body', {
    errors: [{ path: '', expected: 'no body', received: shown(body) }],
    remedy: 'Send options in the query: ?onInvalidRow=skip',
  })
}

export default complete
