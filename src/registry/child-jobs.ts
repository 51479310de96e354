import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { ChildDraft, ChildJob } from '../contracts/children.js'
import type { Plan } from '../contracts/job.js'
import type { Queries } from './database/database.js'
import { type JobState, jobs } from './database/schema.js'
import { newId } from './ids.js'
import { appendJobEvents } from './job-events.js'
import { isOpen, type JobRow, OPEN_STATES } from './jobs.js'

/** What a child costs is in its parent's plan. */
const planOfChild = (parent: JobRow): Plan => ({ ...(parent.plan as Plan), warnings: [], reasons: {} })

/** Stores children of a job as queued, in the order of their ids. Call it while the parent's row is locked. */
export async function insertChildren(
  tx: Queries,
  parent: JobRow,
  drafts: readonly ChildDraft[],
): Promise<JobRow[]> {
  if (drafts.length === 0) return []
  const ids = drafts.map(() => newId()).sort()
  const rows = await tx
    .insert(jobs)
    .values(
      drafts.map(({ type, specification, blobs }, index) => ({
        id: ids[index] as string,
        type,
        state: 'queued' as const,
        model: parent.model,
        dataset: parent.dataset,
        parent: parent.id,
        specification,
        blobs: { ...blobs },
        plan: planOfChild(parent),
      })),
    )
    .returning()
  for (const { id } of rows) await appendJobEvents(tx, id, [{ kind: 'state', data: { state: 'queued' } }])
  return rows
}

/** The row of a job that may still go on, locked until the transaction ends; null when it has ended or is to end. */
export async function lockOpenJob(tx: Queries, id: string): Promise<JobRow | null> {
  const [row] = await tx.select().from(jobs).where(eq(jobs.id, id)).for('update')
  return row !== undefined && isOpen(row.state) && row.cancelRequestedAt === null ? row : null
}

/** A job's children, in the order in which they were added, without what they do not share with their plan. */
export async function childrenOf(db: Queries, parent: string): Promise<ChildJob[]> {
  return db
    .select({
      id: jobs.id,
      part: sql<unknown>`${jobs.specification} -> 'part'`,
      state: jobs.state,
      result: jobs.result,
      error: jobs.error,
      startedAt: jobs.startedAt,
      endedAt: jobs.endedAt,
    })
    .from(jobs)
    .where(eq(jobs.parent, parent))
    .orderBy(asc(jobs.id))
}

export async function openChildren(db: Queries, parent: string): Promise<string[]> {
  const rows = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.parent, parent), inArray(jobs.state, [...OPEN_STATES])))
    .orderBy(asc(jobs.id))
  return rows.map(({ id }) => id)
}

/** Open jobs that are made of others. `version` changes whenever one of their children begins or ends. */
export async function openParents(db: Queries): Promise<{ id: string; version: string }[]> {
  const result = await db.execute(sql`
    select parent.id,
      count(child.id) || ' ' || count(child.started_at) || ' ' || count(child.ended_at) as version
    from jobs parent left join jobs child on child.parent = parent.id
    where parent.has_children and parent.state in ('queued', 'running') and parent.cancel_requested_at is null
    group by parent.id order by parent.id
  `)
  return (result as unknown as { rows: { id: string; version: string }[] }).rows
}

/** Open children, not yet told to stop, of jobs that have ended or are to end. */
export async function orphans(db: Queries): Promise<string[]> {
  const result = await db.execute(sql`
    select child.id from jobs child join jobs parent on parent.id = child.parent
    where child.state in ('queued', 'running') and child.cancel_requested_at is null
      and (parent.state not in ('queued', 'running') or parent.cancel_requested_at is not null)
  `)
  return (result as unknown as { rows: { id: string }[] }).rows.map(({ id }) => id)
}

export type ChildCounts = Readonly<Record<JobState, number>>

const none: ChildCounts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 }

/** How many children of each state these jobs have; without an entry, none. */
export async function countChildren(
  db: Queries,
  parents: readonly string[],
): Promise<ReadonlyMap<string, ChildCounts>> {
  if (parents.length === 0) return new Map()
  const rows = await db
    .select({ parent: jobs.parent, state: jobs.state, count: sql<number>`count(*)::int` })
    .from(jobs)
    .where(inArray(jobs.parent, [...parents]))
    .groupBy(jobs.parent, jobs.state)
  const counts = new Map<string, ChildCounts>()
  for (const { parent, state, count } of rows) {
    if (parent === null) continue
    counts.set(parent, { ...(counts.get(parent) ?? none), [state]: count })
  }
  return counts
}
