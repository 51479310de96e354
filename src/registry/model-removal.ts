import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { versionsOf } from '../contracts/alias.js'
import { FlywheelError } from '../contracts/errors.js'
import { stateColumns } from './alias-states.js'
import type { ArtifactStore } from './artifacts.js'
import { releaseBlobs } from './blobs-in-use.js'
import type { Queries } from './database/database.js'
import { aliasChanges, aliases, feedback, jobs, modelVersions, predictionBlocks } from './database/schema.js'
import { OPEN_STATES } from './jobs.js'
import type { VersionRow } from './models.js'
import { MODELS_CHANNEL } from './new-versions.js'
import { forgetUnloaded } from './unloaded-models.js'

interface Registry {
  readonly db: Queries
  readonly artifacts: ArtifactStore
}

/**
 * Removes a version and the bytes that it alone needs.
 *
 * @returns the bytes that became free
 * @throws FlywheelError not-found; in-use while an alias needs it (also as a part of a split, or as its shadow) or a job of its model has not ended
 */
export async function removeVersion(
  registry: Registry,
  { model, version }: { model: string; version: number },
): Promise<number> {
  const where = and(eq(modelVersions.model, model), eq(modelVersions.version, version))
  const removed = await registry.db.transaction(async (tx) => {
    const [row] = await tx.select().from(modelVersions).where(where).for('update')
    if (row === undefined) throw new FlywheelError('not-found', `There is no version ${version} of ${model}`)
    const named = await tx
      .select({ alias: aliases.alias, ...stateColumns })
      .from(aliases)
      .where(eq(aliases.model, model))
    const neededBy = [
      ...named
        .filter((state) => versionsOf(state).includes(version))
        .map(({ alias }) => `/v1/models/${model}/aliases/${alias}`),
      ...(await openJobsOf(tx, model)),
    ]
    if (neededBy.length > 0) throw inUse(`Version ${version} of ${model}`, neededBy)
    await tx.delete(modelVersions).where(where)
    await announce(tx, model)
    return [row]
  })
  return release(registry, removed)
}

/**
 * Removes a model with all versions, aliases, labels and kept predictions. Its name may be used again: its
 * settings are forgotten, version numbers go on where they stopped.
 *
 * @returns the bytes that became free
 * @throws FlywheelError not-found; in-use while a job of it has not ended
 */
export async function removeModel(registry: Registry, model: string): Promise<number> {
  const removed = await registry.db.transaction(async (tx) => {
    const rows = await tx.select().from(modelVersions).where(eq(modelVersions.model, model)).for('update')
    if (rows.length === 0) throw new FlywheelError('not-found', `There is no model ${model}`)
    const neededBy = await openJobsOf(tx, model)
    if (neededBy.length > 0) throw inUse(`The model ${model}`, neededBy)
    await tx.delete(aliases).where(eq(aliases.model, model))
    await tx.delete(aliasChanges).where(eq(aliasChanges.model, model))
    await tx.delete(feedback).where(eq(feedback.model, model))
    await tx.delete(predictionBlocks).where(eq(predictionBlocks.model, model))
    await tx.delete(modelVersions).where(eq(modelVersions.model, model))
    await forgetUnloaded(tx, model)
    await announce(tx, model)
    return rows
  })
  return release(registry, removed)
}

async function openJobsOf(db: Queries, model: string): Promise<string[]> {
  const rows = await db
    .select({ id: jobs.id })
    .from(jobs)
    .where(and(eq(jobs.model, model), isNull(jobs.parent), inArray(jobs.state, [...OPEN_STATES])))
  return rows.map(({ id }) => `/v1/jobs/${id}`)
}

const inUse = (what: string, neededBy: readonly string[]): FlywheelError =>
  new FlywheelError('in-use', `${what} is needed by ${neededBy.join(', ')}`, { members: { neededBy } })

const announce = (tx: Queries, model: string) =>
  tx.execute(sql`select pg_notify(${MODELS_CHANNEL}, ${model})`)

function release(registry: Registry, rows: readonly VersionRow[]): Promise<number> {
  const blobs = rows.flatMap((row) => [
    row.sha256,
    row.reportSha256,
    ...row.blobs,
    ...row.evaluations.map(({ sha256 }) => sha256),
  ])
  const namedSince = new Date(Math.max(...rows.map(({ createdAt }) => createdAt.getTime())))
  return releaseBlobs(registry, { blobs, namedSince })
}
