import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { keys } from './database/schema.js'
import { type Page, pageOf, readCursor } from './paging.js'

export type StoredKey = typeof keys.$inferSelect

/** @param key the digest, never the key itself */
export async function insertKey(
  db: Queries,
  key: Pick<StoredKey, 'id' | 'name' | 'digest' | 'scopes' | 'perMinute'>,
): Promise<StoredKey> {
  const [row] = await db
    .insert(keys)
    .values({ ...key, createdAt: new Date() })
    .returning()
  return row as StoredKey
}

/** Newest first, revoked ones too: ids are in the order of their making. */
export async function listKeys(
  db: Queries,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<StoredKey>> {
  const rows = await db
    .select()
    .from(keys)
    .where(cursor === undefined ? undefined : lt(keys.id, readCursor(cursor)))
    .orderBy(desc(keys.id))
    .limit(limit + 1)
  return pageOf(rows, { limit, key: ({ id }) => id })
}

/** All keys that are not revoked. */
export const activeKeys = (db: Queries): Promise<StoredKey[]> =>
  db.select().from(keys).where(isNull(keys.revokedAt))

/** Revokes a key; a second time changes nothing. False when there is none with that id. */
export async function revokeKey(db: Queries, id: string): Promise<boolean> {
  await db
    .update(keys)
    .set({ revokedAt: new Date() })
    .where(and(eq(keys.id, id), isNull(keys.revokedAt)))
  return (await db.select({ id: keys.id }).from(keys).where(eq(keys.id, id))).length > 0
}
