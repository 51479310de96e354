import fp from 'fastify-plugin'
import { connectRedis } from '../../queues.js'
import { checkRedis } from '../../redis-requirements.js'
import {
  forgetEndedJobs,
  removeLeftovers,
  removeOldEvents,
  removeUnnamedBlobs,
} from '../../registry/garbage.js'
import { removeOldKeys } from '../../registry/idempotency.js'
import { removeExpiredUploads } from '../../registry/upload-garbage.js'
import { parentsAdvancer } from '../leader/advance-parents.js'
import { applyQueueEvents, type LeaderContext } from '../leader/job-states.js'
import { type Leader, startLeader } from '../leader/leader.js'
import { followQueueEvents, forgetLastId } from '../leader/queue-events.js'
import { reconcile } from '../leader/reconcile.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** What may run in one api only: `add` a task, and it runs again and again where this api leads. */
    readonly leader: Leader
  }
}

const CHILDREN_MS = 250
const RECONCILE_MS = 15_000
const CLEAN_UP_MS = 600_000
const LOSS_CHECK_MS = 1_000

/** Runs the tasks of the leading api: queue events become rows, and what the queue has lost is put back. */
export default fp(
  async (app) => {
    const { database, artifacts, log, signer } = app
    const leader = startLeader({ database, log })
    app.decorate('leader', leader)

    const store = { db: database.db, artifacts }
    leader.add({
      name: 'clean-up',
      everyMs: CLEAN_UP_MS,
      async run() {
        await removeOldKeys(database.db)
        await removeOldEvents(store)
        await forgetEndedJobs(store)
        await removeLeftovers(store)
        await removeExpiredUploads(store)
        const freedBytes = await removeUnnamedBlobs(store)
        if (freedBytes > 0) log.info({ freedBytes }, 'blobs that nothing names are removed')
      },
    })

    const { queue } = app.jobs
    if (queue === null || app.config.redisUrl === null) {
      app.addHook('preClose', () => leader.close())
      return
    }
    const context: LeaderContext = { artifacts, queue, log, signer }
    const onError = (err: Error) => log.warn({ err }, 'the connection to the queue failed')
    const redis = connectRedis(app.config.redisUrl, { maxRetriesPerRequest: null }, onError)
    app.addHook('preClose', async () => {
      const closed = leader.close()
      redis.disconnect()
      await closed
    })
    redis.once('ready', () => {
      checkRedis(redis).then(
        (warning) => warning && log.warn(warning),
        (error: Error) => log.error(error.message),
      )
    })

    let reading = new AbortController()
    leader.add({
      name: 'queue-events',
      everyMs: 500,
      run: (signal) =>
        followQueueEvents({
          redis,
          key: queue.eventsKey,
          database,
          signal: AbortSignal.any([signal, reading.signal]),
          handle: (tx, events) => applyQueueEvents(context, tx, events),
        }),
    })
    leader.add({
      name: 'queue-loss',
      everyMs: LOSS_CHECK_MS,
      async run() {
        if (!queue.isReady() || (await queue.isMarked())) return
        await forgetLastId(database.db)
        reading.abort()
        reading = new AbortController()
        // Else it is looked at again in a second, until all is back.
        if (await reconcile(context, database.db)) await queue.mark()
      },
    })
    const advanceParents = parentsAdvancer({
      ...context,
      jobTypes: app.catalogue.jobTypes,
      cancel: app.jobs.cancel,
    })
    leader.add({
      name: 'children',
      everyMs: CHILDREN_MS,
      run: () => advanceParents(database.db),
    })
    leader.add({
      name: 'reconcile',
      everyMs: RECONCILE_MS,
      async run() {
        if (queue.isReady()) await reconcile(context, database.db)
      },
    })
  },
  { name: 'leader', dependencies: ['jobs', 'signer'] },
)
