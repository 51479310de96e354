import type { FastifyBaseLogger } from 'fastify'
import { CANCELLED, type JobQueue, type Relayed } from '../../queues.js'
import type { ArtifactStore } from '../../registry/artifacts.js'
import type { Queries } from '../../registry/database/database.js'
import type { JobError } from '../../registry/database/schema.js'
import { appendJobEvents, type NewJobEvent } from '../../registry/job-events.js'
import { endJob, requeueJob, setProgress, startJob } from '../../registry/jobs.js'
import { jobError, publish } from '../../registry/publishing.js'
import type { JobOutcome } from '../../registry/results.js'
import type { Signer } from '../../registry/signing/signer.js'
import type { QueueEvent } from './queue-events.js'

export interface LeaderContext {
  readonly artifacts: ArtifactStore
  readonly signer: Signer
  readonly queue: JobQueue
  readonly log: FastifyBaseLogger
}

/** Turns a batch of queue events into job rows. An event that can not be applied is logged and left out. */
export async function applyQueueEvents(
  context: LeaderContext,
  tx: Queries,
  events: readonly QueueEvent[],
): Promise<void> {
  for (const [jobId, own] of byJob(events)) {
    try {
      await tx.transaction((savepoint) => applyToJob(context, savepoint, { jobId, events: own }))
    } catch (err) {
      context.log.error({ err, jobId }, 'queue events could not be applied')
    }
  }
}

function byJob(events: readonly QueueEvent[]): Map<string, QueueEvent[]> {
  const jobs = new Map<string, QueueEvent[]>()
  for (const event of events) {
    if (event.jobId === undefined) continue
    jobs.set(event.jobId, [...(jobs.get(event.jobId) ?? []), event])
  }
  return jobs
}

async function applyToJob(
  context: LeaderContext,
  tx: Queries,
  { jobId, events }: { jobId: string; events: readonly QueueEvent[] },
): Promise<void> {
  let told: NewJobEvent[] = []
  const write = async () => {
    await appendJobEvents(tx, jobId, told)
    const progress = told.findLast(({ kind }) => kind === 'progress')?.data
    if (progress) await setProgress(tx, jobId, progress as never)
    told = []
  }
  for (const event of events) {
    if (event.event === 'progress') told.push(relayed(event))
    else {
      await write()
      await applyState(context, tx, { jobId, event })
    }
  }
  await write()
}

function relayed({ data = '' }: QueueEvent): NewJobEvent {
  return JSON.parse(data) as Relayed
}

async function applyState(
  context: LeaderContext,
  tx: Queries,
  { jobId, event }: { jobId: string; event: QueueEvent },
): Promise<void> {
  switch (event.event) {
    case 'active':
      // Cancelled before it began, or never acknowledged: nobody wants it.
      if (!(await startJob(tx, jobId))) await context.queue.cancel(jobId)
      return
    case 'stalled':
      return requeueJob(tx, jobId, 'its worker was lost')
    case 'waiting':
      if (event.prev === 'active') return requeueJob(tx, jobId, 'its worker handed it back')
      return
    case 'delayed':
      return requeueJob(tx, jobId, 'it failed and is tried again')
    case 'completed':
      return applyOutcome(context, tx, { jobId, outcome: JSON.parse(event.returnvalue ?? 'null') })
    case 'failed':
      return applyFailure(tx, { jobId, failedReason: event.failedReason })
  }
}

export async function applyOutcome(
  { artifacts, signer }: Pick<LeaderContext, 'artifacts' | 'signer'>,
  db: Queries,
  { jobId, outcome }: { jobId: string; outcome: JobOutcome | null },
): Promise<void> {
  if (outcome === null) return
  if ('output' in outcome) await publish({ db, artifacts, signer }, { jobId, output: outcome.output })
  else await endJob(db, jobId, { state: 'failed', error: outcome.error })
}

/** @param failedReason a JobError as JSON, or what BullMQ itself says */
export async function applyFailure(
  db: Queries,
  { jobId, failedReason = '' }: { jobId: string; failedReason: string | undefined },
): Promise<void> {
  if (failedReason === CANCELLED) await endJob(db, jobId, { state: 'cancelled' })
  else await endJob(db, jobId, { state: 'failed', error: readError(failedReason) })
}

function readError(failedReason: string): JobError {
  try {
    return JSON.parse(failedReason) as JobError
  } catch {
    return jobError('job-failed', failedReason, 'queue')
  }
}
