import { and, eq, sql } from 'drizzle-orm'
import type { AliasState } from '../contracts/alias.js'
import type { ServingSettings } from '../contracts/serving-settings.js'
import { stateColumns } from './alias-states.js'
import type { Queries } from './database/database.js'
import { aliases, models, modelVersions } from './database/schema.js'

/** A version with what its model keeps. */
export interface Deployable {
  readonly model: string
  readonly version: number
  readonly sha256: string
  readonly signed: { readonly signature: string | null; readonly signedBy: string | null }
  /** From the model's last training job; null for the default. */
  readonly keepPredictions: { perSecond: number; days: number; maxBytes: number } | false | null
  /** Of the model; null for the defaults. */
  readonly serving: ServingSettings | null
}

/** An alias with what it stands for. */
export interface Deployment {
  readonly model: string
  readonly alias: string
  readonly state: AliasState
  /** By number: all that the state names. */
  readonly versions: ReadonlyMap<number, Deployable>
}

const signedColumns = { signature: modelVersions.signature, signedBy: modelVersions.signedBy }

/** Every alias of every model. */
export async function listDeployments(db: Queries): Promise<Deployment[]> {
  const rows = await db
    .select({
      model: aliases.model,
      alias: aliases.alias,
      state: stateColumns,
      version: modelVersions.version,
      sha256: modelVersions.sha256,
      signed: signedColumns,
      keepPredictions: models.keepPredictions,
      serving: models.serving,
    })
    .from(aliases)
    .innerJoin(
      modelVersions,
      and(
        eq(modelVersions.model, aliases.model),
        sql`(${modelVersions.version} in (${aliases.version}, ${aliases.shadow})
          or jsonb_exists(${aliases.weights}, ${modelVersions.version}::text))`,
      ),
    )
    .innerJoin(models, eq(models.name, aliases.model))
  const deployments = new Map<string, Deployment & { versions: Map<number, Deployable> }>()
  for (const { alias, state, ...version } of rows) {
    const { model } = version
    const key = `${model}/${alias}`
    const known = deployments.get(key) ?? { model, alias, state, versions: new Map() }
    known.versions.set(version.version, version)
    deployments.set(key, known)
  }
  return [...deployments.values()]
}

/** The manifest's hash of a version, and what its model keeps; undefined when there is no such version. */
export async function findDeployable(
  db: Queries,
  { model, version }: { model: string; version: number },
): Promise<Deployable | undefined> {
  const [row] = await db
    .select({
      model: modelVersions.model,
      version: modelVersions.version,
      sha256: modelVersions.sha256,
      signed: signedColumns,
      keepPredictions: models.keepPredictions,
      serving: models.serving,
    })
    .from(modelVersions)
    .innerJoin(models, eq(models.name, modelVersions.model))
    .where(and(eq(modelVersions.model, model), eq(modelVersions.version, version)))
  return row
}

/** Whether the model has any version, whatever its aliases name. */
export async function hasVersions(db: Queries, model: string): Promise<boolean> {
  const [row] = await db
    .select({ version: modelVersions.version })
    .from(modelVersions)
    .where(eq(modelVersions.model, model))
    .limit(1)
  return row !== undefined
}
