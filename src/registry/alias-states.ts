import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { type AliasState, versionsOf } from '../contracts/alias.js'
import { FlywheelError } from '../contracts/errors.js'
import type { Queries } from './database/database.js'
import { aliasChanges, aliases, modelVersions } from './database/schema.js'

export interface AliasName {
  readonly model: string
  readonly alias: string
}

export type AliasChange = typeof aliasChanges.$inferSelect

export const stateColumns = {
  version: aliases.version,
  weights: aliases.weights,
  stickyBy: aliases.stickyBy,
  shadow: aliases.shadow,
}

const isNamed = ({ model, alias }: AliasName) => and(eq(aliases.model, model), eq(aliases.alias, alias))

/** Null when there is no such alias. */
export async function readAlias(db: Queries, name: AliasName): Promise<AliasState | null> {
  const [row] = await db.select(stateColumns).from(aliases).where(isNamed(name))
  return row ?? null
}

/**
 * Changes what an alias stands for, and keeps what it was. Changes of one alias wait for each other until their
 * transactions end; versions that it comes to need are not removed meanwhile.
 *
 * @param decide given what it stands for now (null: there is no such alias), what it shall; null removes it
 * @throws FlywheelError not-found when there is no such version, and what `decide` throws
 */
export async function changeAlias<State extends AliasState | null>(
  tx: Queries,
  {
    job = null,
    decide,
    ...name
  }: AliasName & {
    job?: string | null
    decide: (before: AliasState | null) => State | Promise<State>
  },
): Promise<State> {
  const { model, alias } = name
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`alias ${model}/${alias}`}))`)
  const before = await readAlias(tx, name)
  const after = await decide(before)
  if (isSame(before, after)) return after
  if (after === null) {
    await tx.delete(aliases).where(isNamed(name))
  } else {
    await lockVersions(tx, model, after)
    const { version, weights, stickyBy, shadow } = after
    const set = { version, weights: weights && { ...weights }, stickyBy, shadow, changedAt: sql`now()` }
    await tx
      .insert(aliases)
      .values({ model, alias, ...set })
      .onConflictDoUpdate({ target: [aliases.model, aliases.alias], set })
  }
  await tx.insert(aliasChanges).values({ model, alias, before, after, job })
  return after
}

/** What the alias has stood for, the latest change first. */
export const aliasHistory = (
  db: Queries,
  { model, alias, limit }: AliasName & { limit: number },
): Promise<AliasChange[]> =>
  db
    .select()
    .from(aliasChanges)
    .where(and(eq(aliasChanges.model, model), eq(aliasChanges.alias, alias)))
    .orderBy(desc(aliasChanges.id))
    .limit(limit)

/** Until the transaction ends, none of the versions is removed. */
async function lockVersions(tx: Queries, model: string, state: AliasState): Promise<void> {
  const wanted = versionsOf(state)
  const found = await tx
    .select({ version: modelVersions.version })
    .from(modelVersions)
    .where(and(eq(modelVersions.model, model), inArray(modelVersions.version, wanted)))
    .for('share')
  const missing = wanted.find((version) => !found.some((row) => row.version === version))
  if (missing === undefined) return
  throw new FlywheelError('not-found', `There is no version ${missing} of ${model}`)
}

function isSame(one: AliasState | null, other: AliasState | null): boolean {
  if (one === null || other === null) return one === other
  const weightsOf = ({ weights }: AliasState) =>
    JSON.stringify(Object.entries(weights ?? {}).sort(([a], [b]) => Number(a) - Number(b)))
  return (
    one.version === other.version &&
    one.stickyBy === other.stickyBy &&
    one.shadow === other.shadow &&
    weightsOf(one) === weightsOf(other)
  )
}
