import { eq } from 'drizzle-orm'
import type { Redis } from 'ioredis'
import type { Database, Queries } from '../../registry/database/database.js'
import { settings } from '../../registry/database/schema.js'
import { unlessAborted } from './unless-aborted.js'

/** One entry of BullMQ's event stream: { event, jobId, … }, all values as text. */
export type QueueEvent = Readonly<Record<string, string>>

const SETTING = 'queue-events'
const BATCH = 500
const BLOCK_MS = 1_000

/**
 * Reads the queue's events from where the last leader stopped. A batch and the place that it was read to are
 * stored in one transaction, so that each event counts once.
 */
export async function followQueueEvents({
  redis,
  key,
  database,
  signal,
  handle,
}: {
  redis: Redis
  key: string
  database: Database
  signal: AbortSignal
  handle: (tx: Queries, events: readonly QueueEvent[]) => Promise<void>
}): Promise<void> {
  let lastId = await lastReadId(database.db)
  while (!signal.aborted) {
    const reading = redis.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', key, lastId)
    // A connection that is closed need not answer the commands that waited for it.
    const reply = await unlessAborted(reading, { signal })
    const entries = reply?.[0]?.[1] ?? []
    const newest = entries.at(-1)?.[0]
    if (newest === undefined || signal.aborted) continue
    const events = entries.map(([, fields]) => eventOf(fields))
    await database.db.transaction(async (tx) => {
      await handle(tx, events)
      await storeLastId(tx, newest)
    })
    lastId = newest
  }
}

/** From the beginning: a Redis that has lost its data numbers its events anew. */
export const forgetLastId = (db: Queries): Promise<void> => storeLastId(db, '0')

async function lastReadId(db: Queries): Promise<string> {
  const [row] = await db.select().from(settings).where(eq(settings.name, SETTING))
  return typeof row?.value === 'string' ? row.value : '0'
}

async function storeLastId(db: Queries, value: string): Promise<void> {
  const entry = { name: SETTING, value }
  await db.insert(settings).values(entry).onConflictDoUpdate({ target: settings.name, set: { value } })
}

function eventOf(fields: readonly string[]): QueueEvent {
  const entries: [string, string][] = []
  for (let at = 0; at + 1 < fields.length; at += 2) entries.push([fields[at] ?? '', fields[at + 1] ?? ''])
  return Object.fromEntries(entries)
}
