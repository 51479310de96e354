import type { QueueState } from '../../queues.js'
import type { Queries } from '../../registry/database/database.js'
import { endJob, type JobRow, openJobs, requeueJob, startJob } from '../../registry/jobs.js'
import { applyFailure, applyOutcome, type LeaderContext } from './job-states.js'

/** A job's row is older than its place in the queue, by the time of one `add`. */
const SUBMIT_MS = 3_000
/** A cancelled job whose worker has not said by then that it stopped is ended without it. */
const CANCEL_MS = 5_000

/**
 * Makes the queue and the rows agree: puts back what the queue has lost, ends what has ended unheard,
 * repeats what was not heard, and takes out of the queue what nobody has acknowledged.
 *
 * @returns false when a job could not be looked at, or is so new that its submit may still be at work
 */
export async function reconcile(context: LeaderContext, db: Queries): Promise<boolean> {
  const rows = await openJobs(db)
  let isComplete = true
  for (const row of rows) {
    try {
      const isSettled = await reconcileJob(context, db, row)
      if (isSettled === false) isComplete = false
    } catch (err) {
      context.log.warn({ err, jobId: row.id }, 'a job could not be compared with the queue')
      if (!context.queue.isReady()) return false
      isComplete = false
    }
  }
  await removeUnknown(context, db, new Set(rows.map(({ id }) => id)))
  return isComplete
}

/** @returns false when it is too early to tell */
async function reconcileJob(context: LeaderContext, db: Queries, row: JobRow): Promise<false | undefined> {
  const { queue } = context
  const state = await queue.state(row.id)
  if (state === 'completed' || state === 'failed') {
    const { returned, failedReason } = await queue.finished(row.id)
    if (state === 'failed') await applyFailure(db, { jobId: row.id, failedReason })
    else await applyOutcome(context, db, { jobId: row.id, outcome: returned as never })
    return
  }
  if (row.cancelRequestedAt !== null) return reconcileCancelled(context, db, row)
  if (row.hasChildren && state !== 'active') return reconcileParent(context, db, { row, state })
  if (state === 'unknown') {
    if (Date.now() - row.createdAt.getTime() < SUBMIT_MS) return false
    return putBack(context, db, row)
  }
  const isHeld = state === 'active' && (await queue.isHeld(row.id))
  if (isHeld && row.state === 'queued') await startJob(db, row.id)
  if (!isHeld && row.state === 'running') await requeueJob(db, row.id, 'its worker is gone')
}

/** Its place in the queue follows from its children, which `parentsAdvancer` looks at. */
async function reconcileParent(
  context: LeaderContext,
  db: Queries,
  { row: { id: jobId }, state }: { row: JobRow; state: QueueState },
): Promise<undefined> {
  if (state !== 'unknown') return
  const outcome = await context.artifacts.readResult(jobId)
  if (outcome !== null) await applyOutcome(context, db, { jobId, outcome })
}

/** What a worker has left in the store ends the job; else it goes back into the queue. */
async function putBack(context: LeaderContext, db: Queries, row: JobRow): Promise<undefined> {
  const { id: jobId, type, specification, blobs } = row
  const outcome = await context.artifacts.readResult(jobId)
  if (outcome !== null) await applyOutcome(context, db, { jobId, outcome })
  else {
    context.log.warn({ jobId }, 'the queue has lost a job: it is put back')
    await requeueJob(db, jobId, 'the queue had lost it')
    await context.queue.add({ jobId, type, specification, blobs })
  }
}

async function reconcileCancelled({ queue }: LeaderContext, db: Queries, row: JobRow): Promise<undefined> {
  await queue.cancel(row.id)
  const age = Date.now() - (row.cancelRequestedAt?.getTime() ?? 0)
  if (age < CANCEL_MS || (await queue.isHeld(row.id))) return
  await endJob(db, row.id, { state: 'cancelled' })
}

/** Jobs of refused submits that reached the queue late, or of rows that have ended. */
async function removeUnknown(
  { queue, log }: LeaderContext,
  db: Queries,
  known: ReadonlySet<string>,
): Promise<void> {
  const extra = (await queue.unfinished()).filter((id) => !known.has(id))
  if (extra.length === 0) return
  const openNow = new Set((await openJobs(db)).map(({ id }) => id))
  for (const id of extra.filter((id) => !openNow.has(id))) {
    log.warn({ jobId: id }, 'the queue holds a job that no row asks for: it is taken out')
    await queue.cancel(id)
    if ((await queue.state(id)) !== 'active') await queue.remove(id)
  }
}
