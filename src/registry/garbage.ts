import { sql } from 'drizzle-orm'
import type { ArtifactStore } from './artifacts.js'
import { blobsInUse, oldestWork } from './blobs-in-use.js'
import type { Queries } from './database/database.js'

const HOUR_MS = 3_600_000
const CHUNK = 500

/** How long what nobody names is kept, in case that somebody is about to name it. */
export const GRACE_MS = HOUR_MS

export interface Store {
  readonly db: Queries
  readonly artifacts: ArtifactStore
}

/**
 * Removes blobs that no row names and that are older than the grace time, counted from the start of the oldest job
 * that has not ended: what a job has written is named when it ends.
 *
 * @returns the bytes that became free
 */
export async function removeUnnamedBlobs(store: Store, { graceMs = GRACE_MS } = {}): Promise<number> {
  const unchangedSince = new Date((await oldestWork(store.db)).getTime() - graceMs)
  let freed = 0
  let chunk: string[] = []
  const removeChunk = async () => {
    const inUse = await blobsInUse(store.db, chunk)
    for (const sha256 of chunk) {
      if (!inUse.has(sha256)) freed += await store.artifacts.remove(sha256, { unchangedSince })
    }
    chunk = []
  }
  for await (const { sha256, changedAt } of store.artifacts.list()) {
    if (changedAt > unchangedSince) continue
    chunk.push(sha256)
    if (chunk.length >= CHUNK) await removeChunk()
  }
  await removeChunk()
  return freed
}

/** Removes unfinished files that a crash has left. @returns how many */
export const removeLeftovers = ({ artifacts }: Store, { graceMs = GRACE_MS } = {}): Promise<number> =>
  artifacts.removeTemporary(new Date(Date.now() - graceMs))

/**
 * Removes checkpoints and results of jobs that have ended: of successes after an hour, of others after a week,
 * in which the last checkpoint can still be looked at. What a job has left that another one is made of stays until
 * that one has ended.
 */
export async function forgetEndedJobs({ db, artifacts }: Store): Promise<void> {
  const ids = JSON.stringify(await artifacts.jobIds())
  const result = await db.execute(sql`
    select given.id from jsonb_array_elements_text(${ids}::jsonb) as given (id) where not exists (
      select from jobs where jobs.id = given.id and (
        state in ('queued', 'running')
        or ended_at > now() - case when state = 'succeeded' then interval '1 hour' else interval '7 days' end
        or exists (
          select from jobs whole where whole.id = jobs.parent and whole.state in ('queued', 'running')
        )
      )
    )
  `)
  for (const { id } of (result as unknown as { rows: { id: string }[] }).rows) await artifacts.forget(id)
}

/** A job's row stays; what happened in it is of no use after a month. */
export async function removeOldEvents({ db }: Store): Promise<void> {
  await db.execute(sql`
    delete from job_events using jobs where jobs.id = job_events.job and ended_at < now() - interval '30 days'
  `)
}
