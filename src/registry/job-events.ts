import { and, asc, eq, gt, lte, sql } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { jobEvents, jobs } from './database/schema.js'

/** A job keeps its newest 10,000 events. */
const KEPT_EVENTS = 10_000

/** Notified with a job's id whenever its row or its events have changed. */
export const JOBS_CHANNEL = 'jobs'

export type JobEventKind = 'state' | 'progress' | 'epoch' | 'log' | 'warning'

export interface NewJobEvent {
  readonly kind: JobEventKind
  readonly data: unknown
}

/** Appends events with consecutive numbers and wakes who follows the job; nothing happens without a job. */
export async function appendJobEvents(
  db: Queries,
  jobId: string,
  events: readonly NewJobEvent[],
): Promise<void> {
  if (events.length === 0) return
  // The update locks the job's row: two writers never get the same number.
  const [row] = await db
    .update(jobs)
    .set({ eventCount: sql`${jobs.eventCount} + ${events.length}` })
    .where(eq(jobs.id, jobId))
    .returning({ last: jobs.eventCount })
  if (row === undefined) return
  const first = row.last - events.length + 1
  const rows = events.map((event, index) => ({ job: jobId, sequence: first + index, ...event }))
  await db.insert(jobEvents).values(rows)
  if (row.last > KEPT_EVENTS) {
    const upTo = row.last - KEPT_EVENTS
    await db.delete(jobEvents).where(and(eq(jobEvents.job, jobId), lte(jobEvents.sequence, upTo)))
  }
  await db.execute(sql`select pg_notify(${JOBS_CHANNEL}, ${jobId})`)
}

export interface JobEvent {
  readonly sequence: number
  readonly kind: string
  readonly data: unknown
  readonly createdAt: Date
}

/** Events after a number, oldest first. */
export function readJobEvents(
  db: Queries,
  jobId: string,
  { after = 0, limit = 1_000 }: { after?: number; limit?: number } = {},
): Promise<JobEvent[]> {
  return db
    .select({
      sequence: jobEvents.sequence,
      kind: jobEvents.kind,
      data: jobEvents.data,
      createdAt: jobEvents.createdAt,
    })
    .from(jobEvents)
    .where(and(eq(jobEvents.job, jobId), gt(jobEvents.sequence, after)))
    .orderBy(asc(jobEvents.sequence))
    .limit(limit)
}
