import { and, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import { FlywheelError } from '../contracts/errors.js'
import type { JobProgress, Resolved } from '../contracts/job.js'
import type { Queries } from './database/database.js'
import { type JobError, type JobState, jobs } from './database/schema.js'
import { appendJobEvents } from './job-events.js'
import { type Page, pageOf, readCursor } from './paging.js'

export type JobRow = typeof jobs.$inferSelect

/** States in which a job may still end in one way or another. */
export const OPEN_STATES: readonly JobState[] = ['queued', 'running']
export const isOpen = (state: JobState): boolean => OPEN_STATES.includes(state)
const isOpenRow = inArray(jobs.state, [...OPEN_STATES])

/**
 * Stores a job as queued; with an id that exists already, the stored one is given back.
 *
 * @throws FlywheelError conflict for a second update of a model while one is open
 */
export async function insertJob(
  db: Queries,
  {
    id,
    type,
    resolved,
    hasChildren = false,
  }: { id: string; type: string; resolved: Resolved<unknown>; hasChildren?: boolean },
): Promise<{ job: JobRow; isNew: boolean }> {
  const { specification, blobs, plan } = resolved
  const { model, dataset } = specification as { model?: string; dataset?: string }
  return db.transaction(async (tx) => {
    const [inserted] = await tx
      .insert(jobs)
      .values({
        id,
        type,
        state: 'queued',
        model: nameOf(model),
        dataset: nameOf(dataset),
        hasChildren,
        specification,
        blobs: { ...blobs },
        plan,
      })
      .onConflictDoNothing()
      .returning()
    if (inserted) {
      await appendJobEvents(tx, id, [{ kind: 'state', data: { state: 'queued' } }])
      return { job: inserted, isNew: true }
    }
    const known = await findJob(tx, id)
    if (known) return { job: known, isNew: false }
    throw new FlywheelError('conflict', `The model ${model} is being updated by another job`, {
      remedy: 'Wait until that job has ended, or cancel it',
    })
  })
}

const nameOf = (reference: unknown): string | null =>
  typeof reference === 'string' ? (reference.split('@')[0] ?? null) : null

/**
 * Takes a job back that the queue has refused; it leaves nothing.
 *
 * @returns false when the queue had taken it after all and a worker has begun
 */
export async function removeRefusedJob(db: Queries, id: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const gone = await tx
      .delete(jobs)
      .where(and(eq(jobs.id, id), eq(jobs.state, 'queued')))
      .returning({ id: jobs.id })
    if (gone.length > 0) await tx.execute(sql`delete from job_events where job = ${id}`)
    return gone.length > 0
  })
}

async function findJob(db: Queries, id: string): Promise<JobRow | undefined> {
  const [row] = await db.select().from(jobs).where(eq(jobs.id, id))
  return row
}

/** @throws FlywheelError not-found */
export async function getJob(db: Queries, id: string): Promise<JobRow> {
  const row = await findJob(db, id)
  if (row === undefined) throw new FlywheelError('not-found', `There is no job ${id}`)
  return row
}

export interface JobFilter {
  readonly state?: JobState
  readonly type?: string
  readonly model?: string
  /** The children of that job, in place of the jobs that are nobody's. */
  readonly parent?: string
}

/** Newest first: ids are in the order of their making. Jobs that are a part of others stay away unless asked for. */
export async function listJobs(
  db: Queries,
  { limit, cursor, state, type, model, parent }: JobFilter & { limit: number; cursor?: string },
): Promise<Page<JobRow>> {
  const rows = await db
    .select()
    .from(jobs)
    .where(
      and(
        parent === undefined ? isNull(jobs.parent) : eq(jobs.parent, parent),
        state === undefined ? undefined : eq(jobs.state, state),
        type === undefined ? undefined : eq(jobs.type, type),
        model === undefined ? undefined : eq(jobs.model, model),
        cursor === undefined ? undefined : lt(jobs.id, readCursor(cursor)),
      ),
    )
    .orderBy(desc(jobs.id))
    .limit(limit + 1)
  return pageOf(rows, { limit, key: ({ id }) => id })
}

/** How many jobs wait and run. */
export async function countOpenJobs(db: Queries): Promise<{ state: JobState; count: number }[]> {
  return db
    .select({ state: jobs.state, count: sql<number>`count(*)::int` })
    .from(jobs)
    .where(isOpenRow)
    .groupBy(jobs.state)
}

export const openJobs = (db: Queries): Promise<JobRow[]> =>
  db.select().from(jobs).where(isOpenRow).orderBy(jobs.createdAt)

/** A worker has begun with it. @returns false when the job has ended or was cancelled */
export async function startJob(db: Queries, id: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(jobs)
      .set({ state: 'running', startedAt: sql`coalesce(${jobs.startedAt}, now())` })
      .where(and(eq(jobs.id, id), eq(jobs.state, 'queued'), isNull(jobs.cancelRequestedAt)))
      .returning({ id: jobs.id })
    if (row) await appendJobEvents(tx, id, [{ kind: 'state', data: { state: 'running' } }])
    return row !== undefined || (await findJob(tx, id))?.state === 'running'
  })
}

/** The job waits again: its worker has handed it back, or is gone. */
export async function requeueJob(db: Queries, id: string, reason: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx
      .update(jobs)
      .set({ state: 'queued' })
      .where(and(eq(jobs.id, id), eq(jobs.state, 'running')))
      .returning({ id: jobs.id })
    if (row) await appendJobEvents(tx, id, [{ kind: 'state', data: { state: 'queued', reason } }])
  })
}

export async function setProgress(db: Queries, id: string, progress: JobProgress): Promise<void> {
  await db
    .update(jobs)
    .set({ progress })
    .where(and(eq(jobs.id, id), isOpenRow))
}

/** Ends a job without a result. @returns false when it had ended before */
export async function endJob(
  db: Queries,
  id: string,
  end: { state: 'failed'; error: JobError } | { state: 'cancelled' },
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(jobs)
      .set({ ...end, endedAt: sql`now()` })
      .where(and(eq(jobs.id, id), isOpenRow))
      .returning({ id: jobs.id })
    if (row) await appendJobEvents(tx, id, [{ kind: 'state', data: end }])
    return row !== undefined
  })
}

/**
 * Notes that a job is to be cancelled; one that no worker has begun ends at once.
 * From here on nothing of it is published.
 */
export async function requestCancel(db: Queries, id: string): Promise<JobRow> {
  return db.transaction(async (tx) => {
    await tx
      .update(jobs)
      .set({ cancelRequestedAt: sql`coalesce(${jobs.cancelRequestedAt}, now())` })
      .where(and(eq(jobs.id, id), isOpenRow))
    const job = await getJob(tx, id)
    if (job.state === 'queued') await endJob(tx, id, { state: 'cancelled' })
    return getJob(tx, id)
  })
}
