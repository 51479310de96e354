import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { exportOptions } from '../../../../../../../../jobs/export/request.js'
import { Job, shownJob } from '../../../../../../../job-answer.js'
import { modelPath } from '../../../../../../../model-path.js'
import { problems } from '../../../../../../../problem.js'

const exports: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'exportVersion',
      tags: ['exports'],
      summary: 'Packs a version to be taken away',
      description:
        'A job whose `result.download` is the archive: the model, its transforms, its labels and a README. What was written is loaded in a fresh process before it is offered; `result.verified` has the largest difference of 256 answers.',
      params: Type.Object({ name: modelPath.name, version: modelPath.version }),
      body: Type.Object(exportOptions, { additionalProperties: false, examples: [{ format: 'tfjs' }] }),
      response: {
        202: Type.Object(Job.properties, { title: 'Job', description: 'The job that packs it' }),
        ...problems(404, 409, 413, 415, 422),
      },
    },
    handler: async (request, reply) => {
      const { name, version } = request.params
      const job = await app.jobs.submit(
        { type: 'export', model: `${name}@${version}`, ...request.body },
        request.creationId,
      )
      return reply
        .code(202)
        .header('location', `/v1/jobs/${job.id}`)
        .send(await shownJob(app.database.db, job))
    },
  })
}
export default exports
