import { and, eq } from 'drizzle-orm'
import type { ServingSettings } from '../contracts/serving-settings.js'
import type { Queries } from './database/database.js'
import { aliases, models, modelVersions } from './database/schema.js'

/** An alias with what it stands for. */
export interface Deployment {
  readonly model: string
  readonly alias: string
  readonly version: number
  readonly sha256: string
  /** From the model's last training job; null for the default. */
  readonly keepPredictions: { perSecond: number; days: number; maxBytes: number } | false | null
  /** Of the model; null for the defaults. */
  readonly serving: ServingSettings | null
}

/** Every alias of every model. */
export function listDeployments(db: Queries): Promise<Deployment[]> {
  return db
    .select({
      model: aliases.model,
      alias: aliases.alias,
      version: aliases.version,
      sha256: modelVersions.sha256,
      keepPredictions: models.keepPredictions,
      serving: models.serving,
    })
    .from(aliases)
    .innerJoin(
      modelVersions,
      and(eq(modelVersions.model, aliases.model), eq(modelVersions.version, aliases.version)),
    )
    .innerJoin(models, eq(models.name, aliases.model))
}

/** The manifest's hash of a version, and what its model keeps; undefined when there is no such version. */
export async function findDeployable(
  db: Queries,
  { model, version }: { model: string; version: number },
): Promise<Omit<Deployment, 'alias'> | undefined> {
  const [row] = await db
    .select({
      model: modelVersions.model,
      version: modelVersions.version,
      sha256: modelVersions.sha256,
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
