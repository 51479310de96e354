import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { FlywheelError } from '../../contracts/errors.js'
import type { JobType, RegistryLookup, Resolved } from '../../contracts/job.js'
import { inUnits, inWords, memoryFigures } from '../../contracts/memory.js'
import { parse } from '../../contracts/validation.js'
import { type JobQueue, openJobQueue, QUEUE_TIMEOUT_MS, within } from '../../queues.js'
import { openChildren } from '../../registry/child-jobs.js'
import { hashingOnly } from '../../registry/hashing-only.js'
import { newId } from '../../registry/ids.js'
import { JOBS_CHANNEL } from '../../registry/job-events.js'
import {
  endJob,
  getJob,
  insertJob,
  isOpen,
  type JobRow,
  removeRefusedJob,
  requestCancel,
} from '../../registry/jobs.js'
import { type LookupStore, registryLookup } from '../../registry/lookup.js'
import { Followers } from '../followers.js'
import { targetExaminer } from '../target-examiner.js'

export interface Jobs {
  /** Null where no REDIS_URL is set: then every submit is refused. */
  readonly queue: JobQueue | null
  /** Woken by a job's id when its row or its events change. */
  readonly followers: Followers
  /** Checks a request and fills in everything, as `submit` does; stores nothing. */
  plan(request: Readonly<Record<string, unknown>>): Promise<{ type: JobType; resolved: Resolved<unknown> }>
  /**
   * A durable row first, then the queue.
   *
   * @param id the same id twice is one job
   * @throws FlywheelError queue-unavailable: then nothing is kept and nothing will run
   */
  submit(request: Readonly<Record<string, unknown>>, id?: string): Promise<JobRow>
  /** Ends a queued job, tells a running one to stop, and its children. From then on nothing of it is published. */
  cancel(id: string): Promise<JobRow>
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly jobs: Jobs
  }
}

/** Submits, cancels and watches jobs. */
export default fp(
  async (app) => {
    const { redisUrl } = app.config
    const onError = (err: Error) => app.log.warn({ err }, 'the connection to the queue failed')
    const queue = redisUrl === null ? null : openJobQueue({ url: redisUrl, onError })
    const followers = new Followers()
    const stopListening = await app.database.listen(JOBS_CHANNEL, (id) => followers.wake(id))
    app.decorate('jobs', buildJobs({ app, queue, followers }))
    app.healthChecks.set('queue', () => queueHealth(queue))
    app.addHook('preClose', async () => followers.close())
    app.addHook('onClose', async () => {
      await stopListening()
      await queue?.close()
    })
  },
  {
    name: 'jobs',
    dependencies: ['database', 'artifacts', 'catalogue', 'dataset-reader', 'health', 'signer'],
  },
)

function buildJobs({
  app,
  queue,
  followers,
}: {
  app: FastifyInstance
  queue: JobQueue | null
  followers: Followers
}): Jobs {
  const { db } = app.database
  const lookupIn = (store: LookupStore): RegistryLookup => ({
    ...registryLookup({ db, signer: app.signer, ...store }),
    examineTarget: targetExaminer(app),
  })
  const lookups = {
    planning: lookupIn({ artifacts: hashingOnly(app.artifacts) }),
    // What nobody would run is not stored: the leader asks for updates again and again.
    submitting: lookupIn({ artifacts: app.artifacts, beforeStoring: () => checkQueue(queue) }),
  }

  async function resolve(request: Readonly<Record<string, unknown>>, lookup: RegistryLookup) {
    const { jobTypes } = app.catalogue
    const type = jobTypes.get(String(request.type))
    if (type === undefined) throw unknownType(request.type, [...jobTypes.keys()])
    const checked = parse(type.request, request)
    const resolved = await type.resolve(checked, lookup)
    checkMemory(resolved, app.config.trainerMemoryBytes)
    return { type, resolved }
  }

  return {
    queue,
    followers,
    plan: (request) => resolve(request, lookups.planning),
    async submit(request, id = newId()) {
      const { type, resolved } = await resolve(request, lookups.submitting)
      if (queue === null) throw noQueue()
      const hasChildren = Boolean(type.children?.(resolved))
      if (hasChildren) await queue.checkReady()
      const { job } = await insertJob(db, { id, type: type.name, resolved, hasChildren })
      // The leader starts its children, and it when they have ended.
      if (job.state !== 'queued' || hasChildren) return job
      const { specification, blobs } = job
      try {
        await queue.add({ jobId: id, type: type.name, specification, blobs })
      } catch (error) {
        if (await removeRefusedJob(db, id)) throw error
      }
      return job
    },
    async cancel(id) {
      const job = await cancelOne(id)
      // From here on no child is added any more.
      const children = job.hasChildren ? await openChildren(db, id) : []
      await Promise.all(children.map(cancelOne))
      return job
    },
  }

  async function cancelOne(id: string): Promise<JobRow> {
    const job = await requestCancel(db, id)
    if (queue === null || !(isOpen(job.state) || job.state === 'cancelled')) return job
    // An outage of the queue does not undo it: the leader repeats it.
    await within(QUEUE_TIMEOUT_MS, tell(queue, id)).catch((err: unknown) =>
      app.log.warn({ err, jobId: id }, 'cancel was not heard yet'),
    )
    return getJob(db, id)
  }

  async function tell(jobs: JobQueue, id: string): Promise<void> {
    await jobs.cancel(id)
    const state = await jobs.state(id)
    const isWaiting = state === 'waiting' || state === 'behind'
    if (isWaiting) await jobs.remove(id)
    // No worker has it: nobody else would say that it has stopped.
    if (isWaiting || state === 'unknown') await endJob(db, id, { state: 'cancelled' })
  }
}

const noQueue = () => new FlywheelError('queue-unavailable', 'The service was started without a queue')

/** @throws FlywheelError queue-unavailable */
async function checkQueue(queue: JobQueue | null): Promise<void> {
  if (queue === null) throw noQueue()
  await queue.checkReady()
}

function checkMemory({ plan, memory }: Resolved<unknown>, limitBytes: number): void {
  if (plan.memoryBytes <= limitBytes) return
  const [needed, limit] = [plan.memoryBytes, limitBytes].map(inUnits)
  const figures = memory && memoryFigures(memory, { limitBytes, isExceeded: false })
  const fitting = figures ? `; ${inWords(figures)}` : ''
  throw new FlywheelError(
    'specification-invalid',
    `The job needs about ${needed} of memory, and a trainer may use ${limit}${fitting}`,
    {
      remedy: 'Make the network or batchSize smaller, or raise FLYWHEEL_TRAINER_MEMORY_BYTES',
      errors: [{ path: '', expected: `at most ${limit} of memory`, received: `about ${needed}` }],
      members: { ...figures },
    },
  )
}

function unknownType(received: unknown, types: readonly string[]): FlywheelError {
  const expected = `one of ${types.join(', ')}`
  return new FlywheelError('specification-invalid', `type: expected ${expected}`, {
    errors: [{ path: 'type', expected, received: JSON.stringify(received) ?? 'nothing' }],
  })
}

async function queueHealth(queue: JobQueue | null) {
  if (queue === null) return { ready: false, reason: 'REDIS_URL is not set' }
  if (!queue.isReady()) return { ready: false, reason: 'Redis can not be reached' }
  const workers = await queue.workers()
  if (workers === 0) return { ready: true, reason: 'No worker is connected: jobs wait' }
  return { ready: true }
}
