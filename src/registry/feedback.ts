import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { and, asc, count, eq, gt, inArray, lte, sql } from 'drizzle-orm'
import type { FeedbackSnapshot, JobOutput } from '../contracts/job.js'
import type { Label } from '../contracts/task.js'
import type { ArtifactStore } from './artifacts.js'
import type { Queries } from './database/database.js'
import { feedback } from './database/schema.js'

/** A checked label: its features are the instance that was answered, as predict takes it. */
export interface NewFeedback {
  readonly predictionId: string | null
  readonly version: number | null
  readonly features: Readonly<Record<string, unknown>>
  readonly label: Label
}

/** One line of a {@link FeedbackSnapshot}'s blob. */
export interface FeedbackLine {
  readonly sequence: number
  readonly features: Readonly<Record<string, unknown>>
  readonly label: Label
}

/** Notified with the model's name when labels have come. */
export const feedbackChannel = 'flywheel_feedback'
/**
 * Cells of one statement. The embedded database computes in the api's own process: 20,000 cells take 25 ms there,
 * and between statements other requests have their turn.
 */
const cellsPerStatement = 20_000
const mostRows = 1_000

/** How many rows of that width go into one statement. */
function rowsPerStatement(features: Readonly<Record<string, unknown>> | undefined): number {
  const cells = Math.max(1, Object.keys(features ?? {}).length)
  return Math.max(1, Math.min(mostRows, Math.floor(cellsPerStatement / cells)))
}

/**
 * Stores labels, each prediction's and each features' once; durable when it resolves.
 *
 * Inserts for one model take turns, so that sequence numbers become visible in their order: an update that has
 * read up to a number has read all labels below it.
 */
export async function insertFeedback(
  db: Queries,
  { model, items }: { model: string; items: readonly NewFeedback[] },
): Promise<{ accepted: number; duplicates: number }> {
  const accepted = await db.transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`feedback ${model}`}, 0))`)
    let inserted = 0
    const rowsAtOnce = rowsPerStatement(items[0]?.features)
    for (let start = 0; start < items.length; start += rowsAtOnce) {
      const values = items.slice(start, start + rowsAtOnce).map((item) => ({
        ...item,
        model,
        dedupKey: dedupKey(item),
      }))
      const rows = await transaction
        .insert(feedback)
        .values(values)
        .onConflictDoNothing()
        .returning({ sequence: feedback.sequence })
      inserted += rows.length
      await nextTurn()
    }
    if (inserted > 0) await transaction.execute(sql`select pg_notify(${feedbackChannel}, ${model})`)
    return inserted
  })
  return { accepted, duplicates: items.length - accepted }
}

/** Labels that no update has tried yet; with `retry` also those of rejected updates. */
export async function countPending(
  db: Queries,
  { model, retry = false }: { model: string; retry?: boolean },
): Promise<number> {
  const [row] = await db
    .select({ rows: count() })
    .from(feedback)
    .where(and(eq(feedback.model, model), inArray(feedback.state, untried(retry))))
  return row?.rows ?? 0
}

/**
 * The labels that an update learns from, oldest first, as a blob of NDJSON; null when there are none.
 * They are read and written page by page: memory does not grow with their number.
 */
export async function snapshotFeedback(
  db: Queries,
  artifacts: Pick<ArtifactStore, 'temporaryPath' | 'adopt'>,
  { model, retry }: { model: string; retry: boolean },
): Promise<FeedbackSnapshot | null> {
  const path = artifacts.temporaryPath()
  let lastSequence = 0
  let rows = 0
  let limit = 1
  const file = await open(path, 'wx')
  try {
    for (;;) {
      const page = await pageAfter(db, { model, retry, after: lastSequence, limit })
      if (page.length === 0) break
      await file.appendFile(page.map((line) => `${JSON.stringify(line)}\n`).join(''))
      rows += page.length
      lastSequence = page.at(-1)?.sequence ?? lastSequence
      limit = rowsPerStatement(page[0]?.features)
    }
  } finally {
    await file.close()
  }
  const { sha256 } = await artifacts.adopt(path)
  return rows === 0 ? null : { sha256, rows, lastSequence }
}

const pageAfter = (
  db: Queries,
  { model, retry, after, limit }: { model: string; retry: boolean; after: number; limit: number },
): Promise<FeedbackLine[]> =>
  db
    .select({ sequence: feedback.sequence, features: feedback.features, label: feedback.label })
    .from(feedback)
    .where(
      and(eq(feedback.model, model), inArray(feedback.state, untried(retry)), gt(feedback.sequence, after)),
    )
    .orderBy(asc(feedback.sequence))
    .limit(limit)

/** Marks what an update has learnt from, or has tried in vain; called in the transaction that ends its job. */
export async function markFeedback(
  db: Queries,
  { model, upTo, outcome, retry }: NonNullable<JobOutput['feedback']>,
): Promise<void> {
  await db
    .update(feedback)
    .set({ state: outcome })
    .where(
      and(eq(feedback.model, model), lte(feedback.sequence, upTo), inArray(feedback.state, untried(retry))),
    )
}

const untried = (retry: boolean): ('pending' | 'rejected')[] =>
  retry ? ['pending', 'rejected'] : ['pending']

function dedupKey({ predictionId, features, label }: NewFeedback): string {
  if (predictionId !== null) return `p:${predictionId}`
  const entries = Object.entries(features).sort(([one], [other]) => (one < other ? -1 : 1))
  return `f:${createHash('sha256')
    .update(JSON.stringify([entries, label]))
    .digest('hex')}`
}
