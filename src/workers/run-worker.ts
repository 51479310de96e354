import { randomUUID } from 'node:crypto'
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { JobData } from '../contracts/job.js'
import { CANCELLED, connectRedis, JOBS_QUEUE, QUEUE_PREFIX, WORKER_BEAT_MS, WORKERS_KEY } from '../queues.js'
import { checkRedis } from '../redis-requirements.js'
import { openArtifactStore } from '../registry/artifacts.js'
import type { JobOutcome } from '../registry/results.js'
import { hearCancellations } from './supervisor/cancellations.js'
import { Relay } from './supervisor/relay.js'
import { type Ending, type SupervisedJob, supervise } from './supervisor/supervise.js'

/**
 * A killed worker's jobs are delivered again after both at the latest. Safe although short: this process never
 * computes, and renews the locks in time.
 */
const LOCK_MS = 8_000
const STALLED_CHECK_MS = 2_000
const DRAIN_MS = 2_000

export interface WorkerSettings {
  readonly redisUrl: string
  readonly artifactsFolder: string
  /** URL of the compiled folder of job types. */
  readonly jobTypes: string
  readonly concurrency: number
  readonly memoryLimitBytes: number
  readonly log: Logger
}

/**
 * Takes jobs from the queue and supervises their trainers.
 *
 * @throws Error when Redis is set up so that it may lose jobs
 */
export async function runWorker(settings: WorkerSettings): Promise<{ close(): Promise<void> }> {
  const { log, concurrency } = settings
  const onError = (err: Error) => log.error({ err }, 'the connection to the queue failed')
  const redis = connectRedis(settings.redisUrl, { maxRetriesPerRequest: null }, onError)
  const warning = await checkRedis(redis)
  if (warning !== null) log.warn(warning)
  const artifacts = await openArtifactStore(settings.artifactsFolder)
  const running = new Map<string, SupervisedJob>()
  let isClosing = false
  const cancellations = await hearCancellations({
    redis,
    running: () => running.keys(),
    onCancel: (jobId) => running.get(jobId)?.stop('cancel'),
    onError,
  })

  async function work(job: Job<JobData>): Promise<Ending> {
    const { jobId } = job.data
    // Delivered again while the trainer of a lost lock still ends.
    await running.get(jobId)?.ending
    if (await cancellations.isCancelled(jobId)) return { kind: 'cancelled' }
    const relay = new Relay({ send: (message) => job.updateProgress(message as never), onError })
    const supervised = supervise({
      ...settings,
      artifacts,
      data: job.data,
      attempt: job.attemptsStarted,
      env: process.env,
      relay: (message) => relay.push(message),
    })
    running.set(jobId, supervised)
    if (isClosing) supervised.stop('shutdown')
    try {
      const ending = await supervised.ending
      await relay.drained(DRAIN_MS)
      return ending
    } finally {
      if (running.get(jobId) === supervised) running.delete(jobId)
    }
  }

  async function answer(job: Job<JobData>, ending: Ending, token: string): Promise<JobOutcome> {
    log.info({ jobId: job.data.jobId, ending: ending.kind }, 'the job leaves this worker')
    switch (ending.kind) {
      case 'output':
        return { output: ending.output }
      case 'cancelled':
        throw new UnrecoverableError(CANCELLED)
      case 'handed-back':
        await job.moveToWait(token)
        throw new WaitingError()
      case 'lock-lost':
        throw new Error('the lock is lost: another worker has the job')
      case 'error': {
        const isFinal = !ending.isRetriable || job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
        const message = JSON.stringify(ending.error)
        if (!isFinal) throw new Error(message)
        await artifacts.writeResult(job.data.jobId, job.attemptsStarted, { error: ending.error })
        throw new UnrecoverableError(message)
      }
    }
  }

  const worker = new Worker<JobData, JobOutcome>(
    JOBS_QUEUE,
    async (job, token = '') => answer(job, await work(job), token),
    {
      connection: redis,
      prefix: QUEUE_PREFIX,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      // A job that kills its trainers ends by their count; that workers were killed is not the job's fault.
      maxStalledCount: 1_000_000,
    },
  )
  worker.on('error', onError)
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) running.get(jobId)?.stop('lock-lost')
  })
  await worker.waitUntilReady()
  const stopBeating = await beat({ redis, onError })
  log.info({ concurrency }, 'the worker is ready')
  return {
    async close() {
      isClosing = true
      for (const supervised of running.values()) supervised.stop('shutdown')
      await stopBeating()
      await worker.close()
      cancellations.close()
      redis.disconnect()
    },
  }
}

/** Says again and again that this worker is there. */
async function beat({ redis, onError }: { redis: Redis; onError: (error: Error) => void }) {
  const id = randomUUID()
  const say = async () => {
    await redis.zremrangebyscore(WORKERS_KEY, '-inf', Date.now() - 10 * WORKER_BEAT_MS)
    await redis.zadd(WORKERS_KEY, Date.now(), id)
  }
  await say()
  const timer = setInterval(() => void say().catch(onError), WORKER_BEAT_MS)
  return async () => {
    clearInterval(timer)
    if (redis.status === 'ready') await redis.zrem(WORKERS_KEY, id)
  }
}
