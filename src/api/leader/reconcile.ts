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
 */
export async function reconcile(context: LeaderContext, db: Queries): Promise<void> {
  const rows = await openJobs(db)
  for (const row of rows) {
    try {
      await reconcileJob(context, db, row)
    } catch (err) {
      context.log.warn({ err, jobId: row.id }, 'a job could not be compared with the queue')
      if (!context.queue.isReady()) return
    }
  }
  await removeUnknown(context, db, new Set(rows.map(({ id }) => id)))
}

async function reconcileJob(context: LeaderContext, db: Queries, row: JobRow): Promise<void> {
  const { queue, artifacts, log } = context
  const state = await queue.state(row.id)
  if (state === 'completed' || state === 'failed') {
    const { returned, failedReason } = await queue.finished(row.id)
    if (state === 'failed') return applyFailure(db, { jobId: row.id, failedReason })
    return applyOutcome(context, db, { jobId: row.id, outcome: returned as never })
  }
  if (row.cancelRequestedAt !== null) return reconcileCancelled(context, db, row)
  if (state === 'unknown') {
    if (Date.now() - row.createdAt.getTime() < SUBMIT_MS) return
    const outcome = await artifacts.readResult(row.id)
    if (outcome !== null) return applyOutcome(context, db, { jobId: row.id, outcome })
    log.warn({ jobId: row.id }, 'the queue has lost a job: it is put back')
    await requeueJob(db, row.id, 'the queue had lost it')
    const { id: jobId, type, specification, blobs } = row
    return queue.add({ jobId, type, specification, blobs })
  }
  const isHeld = state === 'active' && (await queue.isHeld(row.id))
  if (isHeld && row.state === 'queued') await startJob(db, row.id)
  if (!isHeld && row.state === 'running') await requeueJob(db, row.id, 'its worker is gone')
}

async function reconcileCancelled({ queue }: LeaderContext, db: Queries, row: JobRow): Promise<void> {
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
