import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { compressOptions } from '../../../../../../../../jobs/compress/request.js'
import { Job, shownJob } from '../../../../../../../job-answer.js'
import { modelPath } from '../../../../../../../model-path.js'
import { problems } from '../../../../../../../problem.js'

const compressions: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'compressVersion',
      tags: ['compression'],
      summary: 'Makes a smaller or faster version of a version',
      description:
        'A job that publishes a new version with this one as its `parent`. Its report stands both side by side; `accept` says when the alias moves.',
      params: Type.Object({ name: modelPath.name, version: modelPath.version }),
      body: Type.Object(compressOptions, {
        additionalProperties: false,
        examples: [{ method: 'float16', accept: { maxDrop: 0.01 } }],
      }),
      response: {
        202: Type.Object(Job.properties, { title: 'Job', description: 'The job that makes it' }),
        ...problems(404, 409, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const { name, version } = request.params
      const job = await app.jobs.submit(
        { type: 'compress', model: `${name}@${version}`, ...request.body },
        request.creationId,
      )
      return reply
        .code(202)
        .header('location', `/v1/jobs/${job.id}`)
        .send(await shownJob(app.database.db, job))
    },
  })
}
export default compressions
