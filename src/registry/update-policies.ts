import { and, desc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { aliases, feedback, jobs, models, modelVersions } from './database/schema.js'

/** A model that updates itself, and how many labels wait for it. */
export interface WaitingUpdate {
  readonly model: string
  readonly everyLabels: number
  /** Labels that no update has tried, and that came after the last one that failed. */
  readonly labels: number
}

/** Models with an update policy whose last update has ended, and whose champion was not imported: its dataset is not here. */
export async function waitingUpdates(db: Queries): Promise<WaitingUpdate[]> {
  const rows = await db
    .select({ model: models.name, policy: models.updatePolicy })
    .from(models)
    .where(and(isNotNull(models.updatePolicy), sql`not exists (${importedChampion(db)})`))
  const waiting: WaitingUpdate[] = []
  for (const { model, policy } of rows) {
    const last = await lastUpdate(db, model)
    if (policy === null || last?.isOpen) continue
    const labels = await countLabels(db, { model, since: last?.failedAt ?? null })
    waiting.push({ model, everyLabels: policy.everyLabels, labels })
  }
  return waiting
}

const importedChampion = (db: Queries) =>
  db
    .select({ version: modelVersions.version })
    .from(aliases)
    .innerJoin(
      modelVersions,
      and(eq(modelVersions.model, aliases.model), eq(modelVersions.version, aliases.version)),
    )
    .where(and(eq(aliases.model, models.name), eq(aliases.alias, 'champion'), isNull(modelVersions.dataset)))

async function lastUpdate(
  db: Queries,
  model: string,
): Promise<{ isOpen: boolean; failedAt: Date | null } | null> {
  const [job] = await db
    .select({ state: jobs.state, createdAt: jobs.createdAt })
    .from(jobs)
    .where(and(eq(jobs.model, model), eq(jobs.type, 'update')))
    .orderBy(desc(jobs.createdAt))
    .limit(1)
  if (job === undefined) return null
  const isOpen = job.state === 'queued' || job.state === 'running'
  return { isOpen, failedAt: job.state === 'succeeded' ? null : job.createdAt }
}

async function countLabels(
  db: Queries,
  { model, since }: { model: string; since: Date | null },
): Promise<number> {
  const [row] = await db
    .select({ labels: sql<number>`count(*)::int` })
    .from(feedback)
    .where(
      and(
        eq(feedback.model, model),
        inArray(feedback.state, ['pending']),
        since === null ? undefined : gt(feedback.createdAt, since),
      ),
    )
  return row?.labels ?? 0
}
