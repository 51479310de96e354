import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import type { Queries } from './database/database.js'
import { idempotencyKeys } from './database/schema.js'
import { newId } from './ids.js'

/** Notified with a key's row id when its answer is there, or it is free again. */
export const IDEMPOTENCY_CHANNEL = 'idempotency'
const KEPT = sql`interval '24 hours'`
/** A process that has not moved its lease on for so long is gone. */
const LEASE = sql`now() + interval '15 seconds'`

export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** `mine`: go on and finish it with `keepAnswer` or `freeKey`. */
export type Claim =
  | { readonly kind: 'mine'; readonly token: string }
  | { readonly kind: 'other-request' }
  | { readonly kind: 'at-work' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }

/** Takes a key for a request, or tells what became of the request that had it first. */
export async function claimKey(
  db: Queries,
  { key, requestHash }: { key: string; requestHash: string },
): Promise<Claim> {
  const [row] = await db
    .select({
      kept: idempotencyKeys,
      isOld: sql<boolean>`${idempotencyKeys.createdAt} < now() - ${KEPT}`,
      isOrphan: sql<boolean>`${idempotencyKeys.leaseUntil} < now()`,
    })
    .from(idempotencyKeys)
    .where(eq(idempotencyKeys.key, key))
  if (row === undefined) return takeKey(db, { key, requestHash })
  if (row.isOld) {
    await freeKey(db, key)
    return takeKey(db, { key, requestHash })
  }
  const { status, headers, body } = row.kept
  if (row.kept.requestHash !== requestHash) return { kind: 'other-request' }
  if (status !== null)
    return { kind: 'answered', answer: { status, headers: headers ?? {}, body: body ?? '' } }
  return row.isOrphan ? takeOver(db, key) : { kind: 'at-work' }
}

/** Of many that see no row one inserts it. */
async function takeKey(
  db: Queries,
  { key, requestHash }: { key: string; requestHash: string },
): Promise<Claim> {
  const [taken] = await db
    .insert(idempotencyKeys)
    .values({ key, requestHash, token: newId(), leaseUntil: LEASE as never })
    .onConflictDoNothing()
    .returning({ token: idempotencyKeys.token })
  return taken ? { kind: 'mine', token: taken.token } : { kind: 'at-work' }
}

/** The process that had the key is gone: the request is done again, with the ids of the first try. */
async function takeOver(db: Queries, key: string): Promise<Claim> {
  const [taken] = await db
    .update(idempotencyKeys)
    .set({ leaseUntil: LEASE as never })
    .where(
      and(
        eq(idempotencyKeys.key, key),
        isNull(idempotencyKeys.status),
        lt(idempotencyKeys.leaseUntil, sql`now()`),
      ),
    )
    .returning({ token: idempotencyKeys.token })
  return taken ? { kind: 'mine', token: taken.token } : { kind: 'at-work' }
}

/** The process that works for the key still lives. */
export async function holdKey(db: Queries, key: string): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set({ leaseUntil: LEASE as never })
    .where(eq(idempotencyKeys.key, key))
}

export async function keepAnswer(db: Queries, key: string, answer: KeptAnswer): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set({ ...answer, headers: { ...answer.headers } })
    .where(eq(idempotencyKeys.key, key))
  await wake(db, key)
}

/** The request failed: nothing was made, and the key may be used again. */
export async function freeKey(db: Queries, key: string): Promise<void> {
  await db.delete(idempotencyKeys).where(eq(idempotencyKeys.key, key))
  await wake(db, key)
}

export async function removeOldKeys(db: Queries): Promise<void> {
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, sql`now() - ${KEPT}`))
}

async function wake(db: Queries, key: string): Promise<void> {
  await db.execute(sql`select pg_notify(${IDEMPOTENCY_CHANNEL}, ${key})`)
}
