import { eq, like, sql } from 'drizzle-orm'
import { FlywheelError } from '../contracts/errors.js'
import type { Queries } from './database/database.js'
import { modelVersions, settings } from './database/schema.js'
import { MODELS_CHANNEL } from './new-versions.js'

const prefix = 'unloaded-model:'

/** Names of the models that were unloaded: they answer nothing until they are loaded again. */
export async function listUnloaded(db: Queries): Promise<string[]> {
  const rows = await db
    .select({ name: settings.name })
    .from(settings)
    .where(like(settings.name, `${prefix}%`))
  return rows.map(({ name }) => name.slice(prefix.length))
}

/**
 * Takes a model out of service, or back into it, for every api and over restarts.
 *
 * @throws FlywheelError not-found when the model has no version
 */
export async function setLoaded(
  db: Queries,
  { model, isLoaded }: { model: string; isLoaded: boolean },
): Promise<void> {
  await db.transaction(async (tx) => {
    const [version] = await tx
      .select({ version: modelVersions.version })
      .from(modelVersions)
      .where(eq(modelVersions.model, model))
      .limit(1)
      .for('share')
    if (version === undefined) throw new FlywheelError('not-found', `There is no model ${model}`)
    if (isLoaded) await forgetUnloaded(tx, model)
    else
      await tx
        .insert(settings)
        .values({ name: prefix + model, value: true })
        .onConflictDoNothing()
    await tx.execute(sql`select pg_notify(${MODELS_CHANNEL}, ${model})`)
  })
}

/** A model that is made again under a removed one's name is not unloaded. */
export async function forgetUnloaded(db: Queries, model: string): Promise<void> {
  await db.delete(settings).where(eq(settings.name, prefix + model))
}
