import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { eq } from 'drizzle-orm'
import { uploads } from './database/schema.js'
import { GRACE_MS, type Store } from './garbage.js'
import { WHOLE_FILE } from './join-parts.js'
import { partsOfUpload, removeExpiredRows } from './uploads.js'

/** Forgets uploads in parts that nobody goes on with, and removes the bytes that no upload needs any more. */
export async function removeExpiredUploads(store: Store, { graceMs = GRACE_MS } = {}): Promise<void> {
  const { db, artifacts } = store
  await removeExpiredRows(db)
  for (const id of await artifacts.uploadIds()) {
    const folder = artifacts.partsFolder(id)
    const [row] = await db.select({ version: uploads.version }).from(uploads).where(eq(uploads.id, id))
    if (row === undefined || row.version !== null) await rm(folder, { recursive: true, force: true })
    else await removeUnnamed(store, { id, folder, before: Date.now() - graceMs })
  }
}

/** Removes files of an open upload that a crash has left: no part is in them, and nobody writes them. */
async function removeUnnamed(
  { db }: Store,
  { id, folder, before }: { id: string; folder: string; before: number },
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const parts = await partsOfUpload(db, id)
  const named = new Set([WHOLE_FILE, ...parts.map(({ file }) => file)])
  for (const name of names) {
    if (named.has(name)) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found !== null && found.mtimeMs < before) await rm(path, { force: true })
  }
}
