import { and, eq, inArray, sql } from 'drizzle-orm'
import { type AliasState, checkAliasName, versionsOf } from '../contracts/alias.js'
import { FlywheelError, refusalOf } from '../contracts/errors.js'
import { type AliasChange, type AliasName, aliasHistory, changeAlias, readAlias } from './alias-states.js'
import type { Queries } from './database/database.js'
import { modelVersions } from './database/schema.js'
import { MODELS_CHANNEL } from './new-versions.js'

/** What an alias shall stand for: one version, or several by their weights. */
type AliasTarget = (
  | { readonly version: number }
  | { readonly weights: Readonly<Record<string, number>>; readonly stickyBy?: string | undefined }
) & { readonly shadow?: number | undefined }

/**
 * Lets an alias name a version, or split its requests between several.
 *
 * @param options.expected what it must name now (null: nothing); undefined: whatever it names
 * @throws FlywheelError not-found without such a version; request-invalid for a name that is a number, for weights that are not 100 together, and
 *   for versions that have not learnt the same; conflict when the alias names another version
 */
export async function setAlias(
  db: Queries,
  { expected, model, alias, ...target }: AliasName & AliasTarget & { expected?: number | null | undefined },
): Promise<AliasState> {
  checkAliasName(alias, { code: 'request-invalid', path: 'alias' })
  const state = stateOf(target)
  await changed(db, { model, alias }, async (before, tx) => {
    if (expected !== undefined && (before?.version ?? null) !== expected) throw namesAnother(alias, expected)
    await refuseOthers(tx, { model, state })
    return state
  })
  return state
}

/**
 * @param options.expected the version that it must name now; undefined: whatever it names
 * @throws FlywheelError not-found, conflict
 */
export async function removeAlias(
  db: Queries,
  { expected, ...name }: AliasName & { expected?: number | undefined },
): Promise<void> {
  await changed(db, name, (before) => {
    if (before === null) throw noAlias(name)
    if (expected !== undefined && before.version !== expected) throw namesAnother(name.alias, expected)
    return null
  })
}

/**
 * Lets an alias stand for what it did before its last change; a second time undoes the first.
 *
 * @throws FlywheelError not-found without such an alias, or when a version of then is gone; conflict when there was
 *   nothing before, or the alias names another version than expected
 */
export async function rollBackAlias(
  db: Queries,
  { expected, ...name }: AliasName & { expected?: number | undefined },
): Promise<AliasState> {
  return changed(db, name, async (before, tx) => {
    if (before === null) throw noAlias(name)
    if (expected !== undefined && before.version !== expected) throw namesAnother(name.alias, expected)
    const [last] = await aliasHistory(tx, { ...name, limit: 1 })
    if (last?.before) return last.before
    throw new FlywheelError('conflict', `The alias ${name.alias} has stood for nothing else before`)
  })
}

/**
 * @returns what the alias stands for, and its last changes, the latest first
 * @throws FlywheelError not-found
 */
export async function getAlias(
  db: Queries,
  { limit, ...name }: AliasName & { limit: number },
): Promise<{ state: AliasState; changes: AliasChange[] }> {
  const [state, changes] = await Promise.all([readAlias(db, name), aliasHistory(db, { ...name, limit })])
  if (state === null) throw noAlias(name)
  return { state, changes }
}

/** Changes an alias and tells every api. */
function changed<State extends AliasState | null>(
  db: Queries,
  name: AliasName,
  decide: (before: AliasState | null, tx: Queries) => State | Promise<State>,
): Promise<State> {
  return db.transaction(async (tx) => {
    const after = await changeAlias(tx, { ...name, decide: (before) => decide(before, tx) })
    await tx.execute(sql`select pg_notify(${MODELS_CHANNEL}, ${name.model})`)
    return after
  })
}

/** What answers one alias, or shadows it, has learnt the same. */
async function refuseOthers(
  tx: Queries,
  { model, state }: { model: string; state: AliasState },
): Promise<void> {
  const rows = await tx
    .select({ version: modelVersions.version, task: modelVersions.task, target: modelVersions.target })
    .from(modelVersions)
    .where(and(eq(modelVersions.model, model), inArray(modelVersions.version, versionsOf(state))))
  const learnt = rows.map(({ version, task, target }) => ({ version, what: `${task} of ${target}` }))
  const main = learnt.find(({ version }) => version === state.version)
  const other = learnt.find(({ what }) => what !== main?.what)
  if (main === undefined || other === undefined) return
  throw refusalOf(
    `version ${other.version}`,
    `one that has learnt as version ${main.version}: ${main.what}`,
    other.what,
  )
}

/** Of a split the version that carries most is the one that the alias names. */
function stateOf(target: AliasTarget): AliasState {
  const { shadow = null } = target
  const state: AliasState =
    'version' in target
      ? { version: target.version, weights: null, stickyBy: null, shadow }
      : splitOf(target, shadow)
  const { version, weights } = state
  if (shadow !== null && (shadow === version || Object.hasOwn(weights ?? {}, shadow))) {
    throw refusalOf('shadow', 'a version that does not answer the alias', String(shadow))
  }
  return state
}

function splitOf(
  { weights, stickyBy }: Extract<AliasTarget, { weights: unknown }>,
  shadow: number | null,
): AliasState {
  const entries = Object.entries(weights).sort(([a], [b]) => Number(a) - Number(b))
  const sum = entries.reduce((total, [, weight]) => total + weight, 0)
  if (sum !== 100) throw refusalOf('weights', 'percentages that are 100 together', `${sum}`)
  const [heaviest] = [...entries].sort(([, a], [, b]) => b - a)
  const version = Number(heaviest?.[0])
  if (entries.length === 1) return { version, weights: null, stickyBy: null, shadow }
  return { version, weights: Object.fromEntries(entries), stickyBy: stickyBy?.toLowerCase() ?? null, shadow }
}

const noAlias = ({ model, alias }: AliasName): FlywheelError =>
  new FlywheelError('not-found', `The model ${model} has no alias ${alias}`)

const namesAnother = (alias: string, expected: number | null): FlywheelError =>
  new FlywheelError(
    'conflict',
    expected === null
      ? `The alias ${alias} names a version already`
      : `The alias ${alias} does not name version ${expected} now`,
  )
