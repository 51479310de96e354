import { type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import type { AliasState } from '../contracts/alias.js'
import type { DeployRequest } from '../contracts/job.js'
import { changeAlias } from './alias-states.js'
import type { Queries } from './database/database.js'
import { models, modelVersions } from './database/schema.js'
import type { Signer } from './signing/signer.js'

/** Notified with a model's name whenever its versions or aliases have changed. */
export const MODELS_CHANNEL = 'models'

export interface Deployed {
  readonly alias: string
  readonly moved: boolean
  readonly reason: string
  readonly metrics: unknown
}

type VersionRow = typeof modelVersions.$inferSelect
type NewRow = Omit<typeof modelVersions.$inferInsert, 'model' | 'version' | 'signature' | 'signedBy'>

/**
 * Stores a version under its model's next number, signed.
 *
 * @param options.policy what the model is like from now on
 */
export async function insertVersion(
  tx: Queries,
  {
    signer,
    model,
    row,
    policy = {},
  }: { signer: Signer; model: string; row: NewRow; policy?: Partial<typeof models.$inferInsert> },
): Promise<VersionRow> {
  const [numbered] = await tx
    .insert(models)
    .values({ name: model, lastVersion: 1, ...policy })
    .onConflictDoUpdate({
      target: models.name,
      set: { lastVersion: sql`${models.lastVersion} + 1`, ...asNewUnlessThere(model), ...policy },
    })
    .returning({ version: models.lastVersion })
  const version = numbered?.version ?? 1
  const signed = signer.signVersion({ model, version, sha256: row.sha256 })
  const [inserted] = await tx
    .insert(modelVersions)
    .values({ ...row, ...signed, model, version })
    .returning()
  return inserted as VersionRow
}

/** Of a model whose versions were all removed nothing holds for the next one of its name. */
function asNewUnlessThere(model: string): Record<string, SQL> {
  const isThere = sql`exists (select from ${modelVersions} where ${modelVersions.model} = ${model})`
  const kept = (column: PgColumn, otherwise: SQL) =>
    sql`case when ${isThere} then ${column} else ${otherwise} end`
  return {
    updatePolicy: kept(models.updatePolicy, sql`null`),
    keepPredictions: kept(models.keepPredictions, sql`null`),
    serving: kept(models.serving, sql`null`),
    createdAt: kept(models.createdAt, sql`now()`),
  }
}

/** Tells every api that a model has changed. */
export const announceModel = (tx: Queries, model: string) =>
  tx.execute(sql`select pg_notify(${MODELS_CHANNEL}, ${model})`)

/** Moves the alias while it stands where the job saw it when it compared. */
export async function deployVersion(
  tx: Queries,
  {
    model,
    version,
    deploy,
    job,
  }: { model: string; version: number; deploy: DeployRequest; job: string | null },
): Promise<Deployed> {
  const { alias, reason, metrics } = deploy
  if (!deploy.move) return { alias, moved: false, reason, metrics }
  const { expected } = deploy
  let refusal: string | null = null
  await changeAlias(tx, {
    model,
    alias,
    job,
    decide: (before) => {
      refusal = refusalOf(before, { alias, expected })
      if (refusal !== null) return before
      return { version, weights: null, stickyBy: null, shadow: before?.shadow ?? null }
    },
  })
  return { alias, moved: refusal === null, reason: refusal ?? reason, metrics }
}

/** A split that somebody has set up is theirs to end: only a job that moves the alias in every case does. */
function refusalOf(
  before: AliasState | null,
  { alias, expected }: { alias: string; expected: number | null | 'any' },
): string | null {
  if (expected === 'any') return null
  if ((before?.version ?? null) !== expected) {
    const seen = expected === null ? 'no version' : `version ${expected}`
    return `the alias ${alias} has moved since this job compared with ${seen}`
  }
  return before?.weights ? `the alias ${alias} splits its requests between versions` : null
}
