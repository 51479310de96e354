import { FlowProducer, type JobsOptions, Queue } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { FlywheelError } from './contracts/errors.js'
import type { JobData, JobProgress } from './contracts/job.js'

export const JOBS_QUEUE = 'jobs'
export const QUEUE_PREFIX = 'flywheel'
/** Ids of jobs to be cancelled are published here; a key of the same name with the id behind it outlives an outage. */
export const CANCEL_CHANNEL = 'flywheel:cancel'
export const cancelKey = (jobId: string): string => `${CANCEL_CHANNEL}:${jobId}`

/** Workers that are connected, each with the time in ms at which it last said so. */
export const WORKERS_KEY = 'flywheel:workers'
export const WORKER_BEAT_MS = 5_000

/** The message of a cancelled job's error in the queue. */
export const CANCELLED = 'cancelled'

/** What a worker tells of a running job, as BullMQ's "progress". */
export type Relayed =
  | { readonly kind: 'progress'; readonly data: JobProgress }
  | { readonly kind: 'epoch' | 'log' | 'warning'; readonly data: unknown }

/** A submit is refused when the queue has not taken it by then; nothing else of a request waits longer either. */
export const QUEUE_TIMEOUT_MS = 700
const CANCEL_KEY_SECONDS = 86_400
/** The events of about a day of training that are not yet turned into rows. */
const EVENT_STREAM_LENGTH = 100_000
const KEEP = { age: 3_600, count: 1_000 }

/** Tries of one job that ends with an error worth a retry; deaths of processes do not count. */
const ATTEMPTS = 4

/** `behind`: it waits for jobs that were added with it. */
const JOB_OPTIONS = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: KEEP,
  removeOnFail: KEEP,
} as const satisfies JobsOptions

const queued = (data: JobData) => ({ name: data.type, data, opts: { jobId: data.jobId } })
const flowNode = (data: JobData) => ({
  name: data.type,
  data,
  queueName: JOBS_QUEUE,
  opts: { ...JOB_OPTIONS, jobId: data.jobId },
})

export type QueueState = 'waiting' | 'behind' | 'active' | 'completed' | 'failed' | 'unknown'

/** What the api does with the queue; the worker has BullMQ's Worker. */
export interface JobQueue {
  /** @throws FlywheelError queue-unavailable, within a second; then the job will not run */
  add(data: JobData): Promise<void>
  /** All of them or none. @throws FlywheelError queue-unavailable, within a second */
  addAll(all: readonly JobData[]): Promise<void>
  /** The children, and the parent to run when the last of them has succeeded; all or none. @throws FlywheelError queue-unavailable, within a second */
  addBehind(parent: JobData, children: readonly JobData[]): Promise<void>
  /** @throws FlywheelError queue-unavailable when the queue does not answer */
  checkReady(): Promise<void>
  remove(jobId: string): Promise<void>
  state(jobId: string): Promise<QueueState>
  /** Whether a worker renews the job's lock. */
  isHeld(jobId: string): Promise<boolean>
  /** What a finished job left: the worker's return value, or its error's message. */
  finished(jobId: string): Promise<{ returned: unknown; failedReason: string | undefined }>
  /** Tells whichever worker runs the job, now or later, to stop. */
  cancel(jobId: string): Promise<void>
  /** Ids of all jobs that wait or run. */
  unfinished(): Promise<readonly string[]>
  workers(): Promise<number>
  /** False from the moment when the queue has lost its data until `mark` is called. */
  isMarked(): Promise<boolean>
  mark(): Promise<void>
  isReady(): boolean
  /** Of BullMQ's event stream. */
  readonly eventsKey: string
  close(): Promise<void>
}

/** Connection options for redis://, rediss:// and unix:/path; a broken connection is tried again each second. */
export function connectRedis(url: string, options: RedisOptions, onError: (error: Error) => void): Redis {
  const all = {
    ...options,
    replyMapping: 'legacy' as const,
    retryStrategy: (times: number) => Math.min(times * 50, 1_000),
  }
  const redis: Redis = url.startsWith('unix:')
    ? new Redis({ ...all, path: url.slice('unix:'.length) })
    : new Redis(url, all)
  return redis.on('error', onError)
}

export function openJobQueue({ url, onError }: { url: string; onError: (error: Error) => void }): JobQueue {
  // No retries: a command that a broken connection has swallowed fails at once and is not sent again later.
  const redis = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 0 }, onError)
  let queue = makeQueue(redis, onError)
  redis.on('ready', () => {
    const current = queue
    // Its first commands may have met a connection that broke: that one would never answer.
    current.waitUntilReady().catch((error: Error) => {
      onError(error)
      if (queue === current && redis.status === 'ready') queue = makeQueue(redis, onError)
    })
  })
  const marker = `${QUEUE_PREFIX}:mark`
  const flows = new FlowProducer({ connection: redis, prefix: QUEUE_PREFIX, skipVersionCheck: true })
  flows.on('error', onError)

  /** @param all what is taken back should it arrive late */
  async function take(all: readonly JobData[], work: () => Promise<unknown>): Promise<void> {
    try {
      if (redis.status !== 'ready') throw new Error(`The connection to Redis is ${redis.status}`)
      await within(QUEUE_TIMEOUT_MS, work())
    } catch (error) {
      // On the same connection, so behind the `add` should that still arrive.
      if (redis.status === 'ready') for (const { jobId } of all) remove(jobId).catch(onError)
      throw unavailable(error)
    }
  }
  const remove = (jobId: string) => queue.remove(jobId, { removeChildren: false })

  return {
    eventsKey: queue.toKey('events'),
    isReady: () => redis.status === 'ready',
    add: (data) => take([data], () => queue.add(data.type, data, { jobId: data.jobId })),
    addAll: (all) => take(all, () => queue.addBulk(all.map(queued))),
    addBehind: (parent, children) =>
      take([parent, ...children], () =>
        flows.add({ ...flowNode(parent), children: children.map((child) => flowNode(child)) }),
      ),
    checkReady: () => take([], () => redis.ping()),
    async remove(jobId) {
      await remove(jobId)
    },
    async state(jobId) {
      const state = await queue.getJobState(jobId)
      if (state === 'active' || state === 'completed' || state === 'failed' || state === 'unknown')
        return state
      return state === 'waiting-children' ? 'behind' : 'waiting'
    },
    isHeld: async (jobId) => (await redis.exists(`${queue.toKey(jobId)}:lock`)) === 1,
    async finished(jobId) {
      const job = await queue.getJob(jobId)
      return { returned: job?.returnvalue, failedReason: job?.failedReason }
    },
    async cancel(jobId) {
      await redis.set(cancelKey(jobId), '1', 'EX', CANCEL_KEY_SECONDS)
      await redis.publish(CANCEL_CHANNEL, jobId)
    },
    unfinished: () =>
      queue.getRanges(['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'], 0, -1),
    workers: () => redis.zcount(WORKERS_KEY, Date.now() - 3 * WORKER_BEAT_MS, '+inf'),
    isMarked: async () => (await redis.exists(marker)) === 1,
    async mark() {
      await redis.set(marker, '1')
    },
    async close() {
      redis.disconnect()
      await flows.close()
      await queue.close()
    },
  }
}

function makeQueue(redis: Redis, onError: (error: Error) => void): Queue {
  const queue = new Queue(JOBS_QUEUE, {
    connection: redis,
    prefix: QUEUE_PREFIX,
    skipVersionCheck: true,
    streams: { events: { maxLen: EVENT_STREAM_LENGTH } },
    defaultJobOptions: JOB_OPTIONS,
  })
  queue.on('error', onError)
  return queue
}

/** @throws Error when the work has not ended in time; what it does meanwhile is not undone */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis has not answered within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const unavailable = (cause: unknown) =>
  new FlywheelError('queue-unavailable', 'The queue does not take jobs now', { cause, retryAfterSeconds: 2 })
