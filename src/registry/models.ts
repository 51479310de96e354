import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { AliasState } from '../contracts/alias.js'
import { FlywheelError } from '../contracts/errors.js'
import type { VersionSnapshot } from '../contracts/job.js'
import type { ServingSettings } from '../contracts/serving-settings.js'
import type { Queries } from './database/database.js'
import { aliases, models, modelVersions } from './database/schema.js'
import { MODELS_CHANNEL } from './new-versions.js'
import { type Page, pageOf, readCursor } from './paging.js'

/** The alias that predict uses when none is named. */
const CHAMPION = 'champion'

export type VersionRow = typeof modelVersions.$inferSelect

export interface Model {
  readonly name: string
  readonly task: string
  /** Ascending. */
  readonly versions: readonly VersionRow[]
  /** The version that each names. */
  readonly aliases: Readonly<Record<string, number>>
  /** Of each alias. */
  readonly traffic: Readonly<Record<string, AliasState>>
  readonly updatePolicy: (typeof models.$inferSelect)['updatePolicy']
  readonly keepPredictions: (typeof models.$inferSelect)['keepPredictions']
  readonly serving: (typeof models.$inferSelect)['serving']
  readonly createdAt: Date
}

/** Models that have a version, by name. */
export async function listModels(
  db: Queries,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<Model>> {
  const rows = await db
    .select({ name: models.name })
    .from(models)
    .where(
      and(
        sql`exists (select from ${modelVersions} where ${modelVersions.model} = ${models.name})`,
        cursor === undefined ? undefined : gt(models.name, readCursor(cursor)),
      ),
    )
    .orderBy(asc(models.name))
    .limit(limit + 1)
  const page = pageOf(rows, { limit, key: ({ name }) => name })
  const found = await readModels(
    db,
    page.data.map(({ name }) => name),
  )
  return { ...page, data: found }
}

/** @throws FlywheelError not-found */
export async function getModel(db: Queries, name: string): Promise<Model> {
  const [model] = await readModels(db, [name])
  if (model === undefined) throw new FlywheelError('not-found', `There is no model ${name}`)
  return model
}

async function readModels(db: Queries, names: readonly string[]): Promise<Model[]> {
  if (names.length === 0) return []
  const wanted = [...names]
  const [rows, versions, named] = await Promise.all([
    db.select().from(models).where(inArray(models.name, wanted)).orderBy(asc(models.name)),
    db
      .select()
      .from(modelVersions)
      .where(inArray(modelVersions.model, wanted))
      .orderBy(asc(modelVersions.version)),
    db.select().from(aliases).where(inArray(aliases.model, wanted)).orderBy(asc(aliases.alias)),
  ])
  return rows.flatMap(({ lastVersion: _, ...model }) => {
    const own = versions.filter((version) => version.model === model.name)
    const ownAliases = named.filter((alias) => alias.model === model.name)
    const task = own.at(-1)?.task
    if (task === undefined) return []
    return {
      ...model,
      task,
      versions: own,
      aliases: Object.fromEntries(ownAliases.map(({ alias, version }) => [alias, version])),
      traffic: Object.fromEntries(
        ownAliases.map(({ alias, model: _, changedAt: __, ...state }) => [alias, state]),
      ),
    }
  })
}

/**
 * Names and numbers of all versions, or of one model's, in their order.
 *
 * @throws FlywheelError not-found when the model that is named has none
 */
export async function listVersions(
  db: Queries,
  model?: string,
): Promise<{ model: string; version: number }[]> {
  const rows = await db
    .select({ model: modelVersions.model, version: modelVersions.version })
    .from(modelVersions)
    .where(model === undefined ? undefined : eq(modelVersions.model, model))
    .orderBy(asc(modelVersions.model), asc(modelVersions.version))
  if (rows.length === 0 && model !== undefined)
    throw new FlywheelError('not-found', `There is no model ${model}`)
  return rows
}

/** @throws FlywheelError not-found */
export async function getVersion(
  db: Queries,
  { model, version }: { model: string; version: number },
): Promise<VersionRow> {
  const [row] = await db
    .select()
    .from(modelVersions)
    .where(and(eq(modelVersions.model, model), eq(modelVersions.version, version)))
  if (row === undefined) throw new FlywheelError('not-found', `There is no version ${version} of ${model}`)
  return row
}

/**
 * @param reference `name`, `name@version` or `name@alias`; without either, the champion
 * @throws FlywheelError not-found
 */
export async function rowByReference(db: Queries, reference: string): Promise<VersionRow> {
  const [model = '', wanted = CHAMPION] = reference.split('@')
  const version = /^\d{1,9}$/.test(wanted) ? Number(wanted) : await aliasedVersion(db, model, wanted)
  return getVersion(db, { model, version })
}

/** A version as jobs see it. */
export function snapshotOf(row: VersionRow): VersionSnapshot {
  const { model, version, sha256, task, target, classes, reportSha256 } = row
  return {
    model,
    version,
    sha256,
    task,
    target,
    classes,
    blobs: [...new Set([sha256, reportSha256, ...row.blobs])],
    dataset:
      row.dataset === null || row.datasetVersion === null
        ? null
        : { name: row.dataset, version: row.datasetVersion },
  }
}

async function aliasedVersion(db: Queries, model: string, alias: string): Promise<number> {
  const [row] = await db
    .select({ version: aliases.version })
    .from(aliases)
    .where(and(eq(aliases.model, model), eq(aliases.alias, alias)))
  if (row) return row.version
  throw new FlywheelError('not-found', `There is no model ${model} with the alias ${alias}`)
}

/** How a model's versions are served from now on. @throws FlywheelError not-found */
export async function setServing(
  db: Queries,
  { model, serving }: { model: string; serving: ServingSettings },
): Promise<void> {
  await db.transaction(async (tx) => {
    const [changed] = await tx.update(models).set({ serving }).where(eq(models.name, model)).returning()
    if (changed === undefined) throw new FlywheelError('not-found', `There is no model ${model}`)
    await tx.execute(sql`select pg_notify(${MODELS_CHANNEL}, ${model})`)
  })
}
