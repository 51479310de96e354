import { and, asc, desc, eq, gt, isNotNull, sql } from 'drizzle-orm'
import { FlywheelError } from '../contracts/errors.js'
import type { ChainSnapshot } from '../contracts/job.js'
import type { ChainStep } from '../contracts/transform.js'
import type { Queries } from './database/database.js'
import { chainVersions } from './database/schema.js'
import { type Page, pageOf, readCursor } from './paging.js'

/** A saved version that is not removed. */
export interface ChainVersion extends ChainSnapshot {
  readonly createdAt: Date
}

/**
 * Saves steps under the next number; when the newest version has the very same steps, that one is given back.
 * Numbers are never given twice, removed versions' included.
 */
export async function saveChain(
  db: Queries,
  { name, steps }: { name: string; steps: readonly ChainStep[] },
): Promise<{ saved: ChainVersion; isNew: boolean }> {
  return db.transaction(async (tx) => {
    await lockChain(tx, name)
    const [last] = await tx
      .select()
      .from(chainVersions)
      .where(eq(chainVersions.chain, name))
      .orderBy(desc(chainVersions.version))
      .limit(1)
    if (last && last.steps !== null && JSON.stringify(last.steps) === JSON.stringify(steps)) {
      return { saved: versionOf(last), isNew: false }
    }
    const version = (last?.version ?? 0) + 1
    const [row] = await tx
      .insert(chainVersions)
      .values({ chain: name, version, steps: [...steps] })
      .returning()
    return { saved: versionOf(row as typeof chainVersions.$inferSelect), isNew: true }
  })
}

/** Until the transaction ends, nobody else saves or removes versions of the chain. */
const lockChain = (tx: Queries, name: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`chain ${name}`}))`)

/** All versions, ascending. @throws FlywheelError not-found when there is none */
export async function getChain(db: Queries, name: string): Promise<ChainVersion[]> {
  const rows = await db
    .select()
    .from(chainVersions)
    .where(and(eq(chainVersions.chain, name), isNotNull(chainVersions.steps)))
    .orderBy(asc(chainVersions.version))
  if (rows.length === 0) throw missing(name)
  return rows.map(versionOf)
}

/** @throws FlywheelError not-found */
export async function getChainVersion(
  db: Queries,
  { name, version }: { name: string; version: number },
): Promise<ChainVersion> {
  const [row] = await db
    .select()
    .from(chainVersions)
    .where(and(eq(chainVersions.chain, name), eq(chainVersions.version, version)))
  if (row === undefined || row.steps === null) throw missing(`${name}@${version}`)
  return versionOf(row)
}

/**
 * @param reference `name` (the newest version) or `name@version`
 * @throws FlywheelError not-found
 */
export async function chainByReference(db: Queries, reference: string): Promise<ChainSnapshot> {
  const [name = '', version] = reference.split('@')
  if (version === undefined) return (await getChain(db, name)).at(-1) as ChainVersion
  if (!/^\d{1,9}$/.test(version)) throw missing(reference)
  return getChainVersion(db, { name, version: Number(version) })
}

/** The newest version of each chain, by name. */
export async function listChains(
  db: Queries,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<ChainVersion>> {
  const rows = await db
    .selectDistinctOn([chainVersions.chain])
    .from(chainVersions)
    .where(
      and(
        isNotNull(chainVersions.steps),
        cursor === undefined ? undefined : gt(chainVersions.chain, readCursor(cursor)),
      ),
    )
    .orderBy(asc(chainVersions.chain), desc(chainVersions.version))
    .limit(limit + 1)
  return pageOf(rows.map(versionOf), { limit, key: ({ name }) => name })
}

/**
 * Removes a version, or all of them. Jobs and models keep the steps that they were given: they hold copies.
 *
 * @throws FlywheelError not-found
 */
export async function removeChain(
  db: Queries,
  { name, version }: { name: string; version?: number },
): Promise<void> {
  const removed = await db
    .update(chainVersions)
    .set({ steps: null })
    .where(
      and(
        eq(chainVersions.chain, name),
        isNotNull(chainVersions.steps),
        version === undefined ? undefined : eq(chainVersions.version, version),
      ),
    )
    .returning({ version: chainVersions.version })
  if (removed.length === 0) throw missing(version === undefined ? name : `${name}@${version}`)
}

const versionOf = ({
  chain,
  version,
  steps,
  createdAt,
}: typeof chainVersions.$inferSelect): ChainVersion => ({
  name: chain,
  version,
  steps: steps ?? [],
  createdAt,
})

const missing = (reference: string): FlywheelError =>
  new FlywheelError('not-found', `There is no chain ${reference}`)
