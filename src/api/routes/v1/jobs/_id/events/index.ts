import type { ServerResponse } from 'node:http'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { refusal } from '../../../../../../contracts/errors.js'
import { type JobEvent, readJobEvents } from '../../../../../../registry/job-events.js'
import { getJob, isOpen } from '../../../../../../registry/jobs.js'
import { JobId } from '../../../../../job-answer.js'
import { problems } from '../../../../../problem.js'
import { Time } from '../../../../../time.js'

/** Proxies close connections on which nothing comes. */
const KEEP_ALIVE_MS = 15_000
const BATCH = 1_000
/** A job keeps no more. */
const MOST = 10_000

const Event = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  event: Type.String({ description: 'state, progress, epoch, log or warning' }),
  data: Type.Unknown(),
  time: Time,
})

const events: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'data', 'predict', 'feedback'] },
    schema: {
      operationId: 'followJob',
      tags: ['jobs'],
      summary: 'What happens in a job',
      description:
        'With `Accept: text/event-stream` a stream of server-sent events that ends with the job; `Last-Event-ID` ' +
        'resumes it. Else the events so far as a list. A job keeps its newest 10,000 events.',
      params: Type.Object({ id: JobId }, { additionalProperties: false }),
      querystring: Type.Object(
        {
          after: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, description: 'Events behind this id' }),
          ),
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: MOST,
              description: `Of a list: how many at most, ${MOST} where nothing is said. A stream has none`,
            }),
          ),
        },
        { additionalProperties: false },
      ),
      headers: Type.Object({
        'last-event-id': Type.Optional(
          Type.String({
            pattern: '^\\d{0,9}$',
            description:
              'Where a stream goes on; it counts for more than `after`, as a client that comes again repeats its address',
          }),
        ),
      }),
      response: {
        200: {
          description: 'The events, oldest first',
          content: {
            'application/json': { schema: Type.Object({ data: Type.Array(Event) }) },
            'text/event-stream': { schema: Type.String() },
          },
        },
        ...problems(404),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const { db } = app.database
      await getJob(db, id)
      const { limit } = request.query
      const after = Number(request.headers['last-event-id'] || request.query.after || 0)
      const isStream = request.headers.accept?.includes('text/event-stream') && request.method === 'GET'
      if (!isStream) {
        const rows = await readJobEvents(db, id, { after, limit: limit ?? MOST })
        return reply.send({ data: rows.map(shownEvent) })
      }
      if (limit !== undefined)
        throw refusal('query.limit', 'none for a stream, which gives all events', limit)
      reply.hijack()
      await stream(reply.raw, id, { after, head: reply.getHeaders() as Record<string, string> }).catch(
        (err: unknown) => {
          request.log.warn({ err, jobId: id }, 'an event stream broke')
          reply.raw.destroy()
        },
      )
      return reply
    },
  })

  async function stream(
    response: ServerResponse,
    id: string,
    { after, head }: { after: number; head: Record<string, string> },
  ): Promise<void> {
    const { db } = app.database
    const { followers } = app.jobs
    const follower = followers.follow(id)
    // Who left while the job was looked up closes nothing any more.
    let isGone = response.destroyed
    response.on('close', () => {
      isGone = true
      followers.wake(id)
    })
    response.writeHead(200, {
      ...head,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    response.write(': follows\n\n')
    try {
      let last = after
      for (;;) {
        // The state is read first: its event stands in the rows that are read next.
        const { state } = await getJob(db, id)
        let rows = await readJobEvents(db, id, { after: last, limit: BATCH })
        while (rows.length > 0 && !isGone) {
          if (!response.write(rows.map(frame).join(''))) await drained(response)
          last = rows.at(-1)?.sequence ?? last
          rows = await readJobEvents(db, id, { after: last, limit: BATCH })
        }
        if (isGone || !isOpen(state) || followers.isClosed) return
        await follower.next(KEEP_ALIVE_MS)
        response.write(':\n\n')
      }
    } finally {
      follower.close()
      response.end()
    }
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return
  await new Promise<void>((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}

const shownEvent = ({ sequence, kind, data, createdAt }: JobEvent): Static<typeof Event> => ({
  id: sequence,
  event: kind,
  data,
  time: createdAt.toISOString(),
})

const frame = ({ sequence, kind, data }: JobEvent): string =>
  `id: ${sequence}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`

export default events
