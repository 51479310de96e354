import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getJob, isOpen } from '../../../../../registry/jobs.js'
import { Job, JobId, shownJob } from '../../../../job-answer.js'
import { problems } from '../../../../problem.js'

/** A cancelled job stops within a second, or is killed then: so long the answer waits for it. */
const STOP_MS = 1_500
const params = Type.Object({ id: JobId }, { additionalProperties: false })

const job: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'data', 'predict', 'feedback'] },
    schema: {
      operationId: 'getJob',
      tags: ['jobs'],
      summary: 'A job with its state, progress and result',
      params,
      response: { 200: Job, ...problems(404) },
    },
    handler: async ({ params: { id } }) => shownJob(app.database.db, await getJob(app.database.db, id)),
  })

  app.route({
    method: 'POST',
    url: '/cancel',
    config: { scope: 'train', isIdempotent: false },
    schema: {
      operationId: 'cancelJob',
      tags: ['jobs'],
      summary: 'Cancels a job',
      description:
        'A queued job ends at once; a running one stops within a second, or after the step that runs, and keeps ' +
        'its last checkpoint. The jobs that it is made of are cancelled with it. Nothing of it is published from ' +
        'now on. Repeating it, or cancelling a job that has ended, changes nothing.',
      params,
      response: {
        200: Type.Object(Job.properties, { title: 'Job', description: 'It has ended' }),
        202: Type.Object(Job.properties, { title: 'Job', description: 'It is stopping' }),
        ...problems(404),
      },
    },
    handler: async ({ params: { id } }, reply) => {
      const follower = app.jobs.followers.follow(id)
      try {
        let row = await app.jobs.cancel(id)
        const deadline = Date.now() + STOP_MS
        while (isOpen(row.state) && Date.now() < deadline) {
          await follower.next(deadline - Date.now())
          row = await getJob(app.database.db, id)
        }
        return reply.code(isOpen(row.state) ? 202 : 200).send(await shownJob(app.database.db, row))
      } finally {
        follower.close()
      }
    },
  })
}

export default job
