import { sql } from 'drizzle-orm'
import type { ArtifactStore } from './artifacts.js'
import type { Queries } from './database/database.js'

/**
 * Removes those blobs that nothing names any more; call it after the rows that named them are gone.
 *
 * @param blobs sha256s, any number of times each
 * @param namedSince when the youngest of those rows was made: a blob that was stored again later, or since a job has
 *   been at work, is left to clean-up, because whoever stored it may not have its row yet
 * @returns the bytes that became free
 */
export async function releaseBlobs(
  { db, artifacts }: { db: Queries; artifacts: ArtifactStore },
  { blobs, namedSince }: { blobs: readonly string[]; namedSince: Date },
): Promise<number> {
  const since = await oldestWork(db)
  const inUse = await blobsInUse(db, blobs)
  const unchangedSince = since < namedSince ? since : namedSince
  let freed = 0
  for (const sha256 of new Set(blobs)) {
    if (!inUse.has(sha256)) freed += await artifacts.remove(sha256, { unchangedSince })
  }
  return freed
}

/** When the oldest job that has not ended was made: what a job has written is named when it ends. Now, without one. */
export async function oldestWork(db: Queries): Promise<Date> {
  const result = await db.execute(sql`
    select least(now(), min(created_at)) as since from jobs where state in ('queued', 'running')
  `)
  const [row] = (result as unknown as { rows: { since: string | Date }[] }).rows
  return new Date(row?.since ?? Date.now())
}

/** Which of these blobs a version, a dataset, a job that has not ended or a job's result names. */
export async function blobsInUse(db: Queries, blobs: readonly string[]): Promise<ReadonlySet<string>> {
  if (blobs.length === 0) return new Set()
  const asked = JSON.stringify([...new Set(blobs)])
  const result = await db.execute(sql`
    with named (sha256) as (
      select sha256 from model_versions
      union all select report_sha256 from model_versions
      union all select jsonb_array_elements_text(blobs) from model_versions
      union all select evaluation ->> 'sha256' from model_versions, jsonb_array_elements(evaluations) evaluation
      union all select part ->> 'sha256' from dataset_versions, jsonb_array_elements(parts) part
      union all select blob.value from jobs, jsonb_each_text(jobs.blobs) blob where state in ('queued', 'running')
      union all select jsonb_array_elements_text(output -> 'blobs') from jobs
        where jsonb_typeof(output -> 'blobs') = 'array'
    )
    select distinct sha256 from named where sha256 in (select jsonb_array_elements_text(${asked}::jsonb))
  `)
  const { rows } = result as unknown as { rows: { sha256: string }[] }
  return new Set(rows.map(({ sha256 }) => sha256))
}
