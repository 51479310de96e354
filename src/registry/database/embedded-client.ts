import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite, type QueryOptions, type Results, types } from '@electric-sql/pglite'

/**
 * Postgres' own cache of pages. PGlite's default of 160 MB is filled as tables are read and never given back; the
 * pages that do not fit stand in the system's cache of files, which is given back when memory is needed.
 */
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=8MB', '-c', 'wal_buffers=1MB']

/** Drizzle reads these itself, alone and in arrays (OIDs of pg_type). */
const arrays = { numeric: 1231, timestamp: 1115, timestamptz: 1185, interval: 1187, date: 1182 } as const
const readByDrizzle = [
  ...[types.TIMESTAMP, types.TIMESTAMPTZ, types.INTERVAL, types.DATE],
  ...Object.values(arrays),
]
const parsers = Object.fromEntries(readByDrizzle.map((oid) => [oid, (text: string) => text] as const))

/**
 * Drizzle names the same parsers with every query, and PGlite then copies its whole table of them: 80 µs and 150 KB of
 * garbage, where a query takes some 120 µs. Here they are set once.
 */
class EmbeddedClient extends PGlite {
  override query<T>(query: string, params?: unknown[], options?: QueryOptions): Promise<Results<T>> {
    const { parsers: _, ...others } = options ?? {}
    return super.query<T>(query, params, others)
  }
}

/**
 * PGlite would write bytes as text, number by number; views go to Postgres in binary. Its type speaks of texts
 * alone.
 */
const bytesAsTheyAre = (bytes: Uint8Array): string => bytes as unknown as string

/** Opens the Postgres of a folder; an empty or absent folder becomes one. */
export async function openClient(folder: string): Promise<PGlite> {
  if (!existsSync(join(folder, 'PG_VERSION'))) await createElsewhere(folder)
  const client = new EmbeddedClient(folder, { startParams })
  await client.waitReady
  Object.assign(client.parsers, parsers) // after PGlite has written those of arrays
  client.serializers[types.BYTEA] = bytesAsTheyAre
  return client
}

/** Makes an empty database in a folder. */
export async function createEmbedded(folder: string): Promise<void> {
  const client = await PGlite.create(folder, { startParams })
  await client.close()
}

/** In a process of its own: making a database takes 700 MB, most of which a process would keep. */
async function createElsewhere(folder: string): Promise<void> {
  const draft = `${folder}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  const child = fork(fileURLToPath(new URL('./embedded-process.js', import.meta.url)), [draft])
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The database could not be made in ${draft}: ended with ${signal ?? code}`)
  await rm(folder, { recursive: true, force: true })
  await rename(draft, folder)
}
