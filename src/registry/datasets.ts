import { createHash } from 'node:crypto'
import { and, asc, desc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { DatasetDraft, DatasetPart } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { ArtifactStore } from './artifacts.js'
import { releaseBlobs } from './blobs-in-use.js'
import type { Queries } from './database/database.js'
import { datasetVersions, jobs, modelVersions } from './database/schema.js'
import { OPEN_STATES } from './jobs.js'
import { type Page, pageOf, readCursor } from './paging.js'

export type DatasetVersion = typeof datasetVersions.$inferSelect

/**
 * Stores a version under the next number: uploads of the same name at the same time get consecutive ones.
 *
 * @param options.after the version that the new one must follow directly; any when left out
 * @param options.creationId the same id a second time gives the version that the first one made
 * @returns the row; null when another version has come after `after`
 */
export async function insertDatasetVersion(
  db: Queries,
  {
    dataset,
    draft,
    after,
    creationId = null,
  }: { dataset: string; draft: DatasetDraft; after?: number; creationId?: string | null | undefined },
): Promise<DatasetVersion | null> {
  return db.transaction(async (tx) => {
    await lockDataset(tx, dataset)
    const before = creationId === null ? undefined : await createdBy(tx, creationId)
    if (before !== undefined) return before
    const [last] = await tx
      .select({ version: datasetVersions.version })
      .from(datasetVersions)
      .where(eq(datasetVersions.dataset, dataset))
      .orderBy(desc(datasetVersions.version))
      .limit(1)
    if (after !== undefined && last?.version !== after) return null
    const { columns, parts, ...rest } = draft
    const [row] = await tx
      .insert(datasetVersions)
      .values({
        dataset,
        version: (last?.version ?? 0) + 1,
        columns: [...columns],
        parts: [...parts],
        ...rest,
        creationId,
      })
      .returning()
    return row as DatasetVersion
  })
}

async function createdBy(tx: Queries, creationId: string): Promise<DatasetVersion | undefined> {
  const [row] = await tx.select().from(datasetVersions).where(eq(datasetVersions.creationId, creationId))
  return row
}

/** Until the transaction ends, nobody else adds versions to the dataset or removes it. */
const lockDataset = (tx: Queries, dataset: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`dataset ${dataset}`}))`)

/**
 * A version, or the latest one.
 *
 * @throws FlywheelError not-found
 */
export async function getDatasetVersion(
  db: Queries,
  { dataset, version }: { dataset: string; version?: number },
): Promise<DatasetVersion> {
  const [row] = await db
    .select()
    .from(datasetVersions)
    .where(
      and(
        eq(datasetVersions.dataset, dataset),
        version === undefined ? undefined : eq(datasetVersions.version, version),
      ),
    )
    .orderBy(desc(datasetVersions.version))
    .limit(1)
  if (row !== undefined) return row
  const name = version === undefined ? dataset : `${dataset}@${version}`
  throw new FlywheelError('not-found', `There is no dataset ${name}`)
}

export type DatasetSummary = Pick<
  DatasetVersion,
  'dataset' | 'version' | 'rows' | 'sizeBytes' | 'sha256' | 'createdAt'
>

const summary = {
  dataset: datasetVersions.dataset,
  version: datasetVersions.version,
  rows: datasetVersions.rows,
  sizeBytes: datasetVersions.sizeBytes,
  sha256: datasetVersions.sha256,
  createdAt: datasetVersions.createdAt,
}

/** All versions of a dataset, ascending. */
export const listDatasetVersions = (db: Queries, dataset: string): Promise<DatasetSummary[]> =>
  db
    .select(summary)
    .from(datasetVersions)
    .where(eq(datasetVersions.dataset, dataset))
    .orderBy(asc(datasetVersions.version))

/** The latest version of each dataset, by name. */
export async function listDatasets(
  db: Queries,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<DatasetSummary>> {
  const rows = await db
    .selectDistinctOn([datasetVersions.dataset], summary)
    .from(datasetVersions)
    .where(cursor === undefined ? undefined : gt(datasetVersions.dataset, readCursor(cursor)))
    .orderBy(asc(datasetVersions.dataset), desc(datasetVersions.version))
    .limit(limit + 1)
  return pageOf(rows, { limit, key: ({ dataset }) => dataset })
}

/**
 * Removes a dataset with all versions, and the bytes that nothing else needs.
 *
 * @returns the bytes that became free
 * @throws FlywheelError not-found; in-use while a job that has not ended or a model's version needs it
 */
export async function removeDataset(
  { db, artifacts }: { db: Queries; artifacts: ArtifactStore },
  dataset: string,
): Promise<number> {
  const removed = await db.transaction(async (tx) => {
    await lockDataset(tx, dataset)
    const rows = await tx.delete(datasetVersions).where(eq(datasetVersions.dataset, dataset)).returning()
    if (rows.length === 0) throw new FlywheelError('not-found', `There is no dataset ${dataset}`)
    const neededBy = await whatNeeds(tx, dataset)
    if (neededBy.length > 0) {
      const named = neededBy.slice(0, 3).join(', ') + (neededBy.length > 3 ? ', …' : '')
      throw new FlywheelError('in-use', `The dataset ${dataset} is needed by ${named}`, {
        members: { neededBy },
      })
    }
    return rows
  })
  const blobs = removed.flatMap(({ parts }) => parts.map(({ sha256 }) => sha256))
  const namedSince = new Date(Math.max(...removed.map(({ createdAt }) => createdAt.getTime())))
  return releaseBlobs({ db, artifacts }, { blobs, namedSince })
}

async function whatNeeds(tx: Queries, dataset: string): Promise<string[]> {
  const open = await tx
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.dataset, dataset), isNull(jobs.parent), inArray(jobs.state, [...OPEN_STATES])))
  const versions = await tx
    .select({ model: modelVersions.model, version: modelVersions.version })
    .from(modelVersions)
    .where(eq(modelVersions.dataset, dataset))
    .orderBy(modelVersions.model, modelVersions.version)
  return [
    ...open.map(({ id }) => `/v1/jobs/${id}`),
    ...versions.map(({ model, version }) => `/v1/models/${model}/versions/${version}`),
  ]
}

/** The hash of a version that was put together from parts. */
export const hashOfParts = (parts: readonly Pick<DatasetPart, 'sha256'>[]): string =>
  createHash('sha256')
    .update(parts.map(({ sha256 }) => sha256).join('\n'))
    .digest('hex')
