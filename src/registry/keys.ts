import { and, desc, eq, isNull, lt, or } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { keys } from './database/schema.js'

export type StoredKey = typeof keys.$inferSelect

/** The last key of a page. */
export interface KeyPosition {
  readonly createdAt: Date
  readonly id: string
}

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

/** Newest first, revoked ones too; at most `limit`. */
export function listKeys(
  db: Queries,
  { limit, after }: { limit: number; after: KeyPosition | null },
): Promise<StoredKey[]> {
  const older = after
    ? or(lt(keys.createdAt, after.createdAt), and(eq(keys.createdAt, after.createdAt), lt(keys.id, after.id)))
    : undefined
  return db.select().from(keys).where(older).orderBy(desc(keys.createdAt), desc(keys.id)).limit(limit)
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
