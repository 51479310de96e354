import { and, eq, sql } from 'drizzle-orm'
import { type ErrorCode, errorTable } from '../contracts/errors.js'
import type { JobOutput, VersionDraft } from '../contracts/job.js'
import type { ArtifactStore } from './artifacts.js'
import type { Queries } from './database/database.js'
import { type JobError, jobs, type models, modelVersions } from './database/schema.js'
import { insertDatasetVersion } from './datasets.js'
import { markFeedback } from './feedback.js'
import { appendJobEvents } from './job-events.js'
import { endJob, isOpen, type JobRow } from './jobs.js'
import { announceModel, type Deployed, deployVersion, insertVersion } from './new-versions.js'
import type { Signer } from './signing/signer.js'

export interface Publisher {
  readonly db: Queries
  readonly artifacts: ArtifactStore
  readonly signer: Signer
}

/**
 * Ends a job with its result and makes its version, dataset, aliases and feedback marks visible, all in one transaction.
 * The first result of a job wins; a job that was cancelled publishes nothing.
 *
 * @returns false when the job had ended before: then what the output names is garbage
 */
export async function publish(
  { db, artifacts, signer }: Publisher,
  { jobId, output }: { jobId: string; output: JobOutput },
): Promise<boolean> {
  const missing = await missingBlobs(artifacts, output)
  if (missing.length > 0) {
    return endJob(db, jobId, { state: 'failed', error: jobError('artifact-damaged', missing.join(', ')) })
  }
  return db.transaction(async (tx) => {
    const [job] = await tx.select().from(jobs).where(eq(jobs.id, jobId)).for('update')
    if (job === undefined || !isOpen(job.state)) return false
    if (job.cancelRequestedAt !== null) return endJob(tx, jobId, { state: 'cancelled' })
    const published = output.version ? await publishVersion({ tx, signer }, job, output.version) : null
    const result: JobOutput['result'] = {
      ...output.result,
      ...published,
      ...(output.dataset ? { output: await publishDataset(tx, output.dataset) } : {}),
      ...overtaken(output, published?.deployed),
    }
    if (output.evaluation) await keepEvaluation(tx, jobId, output.evaluation)
    if (output.feedback && result.decision === output.result.decision) {
      await markFeedback(tx, output.feedback)
    }
    await tx
      .update(jobs)
      .set({ state: 'succeeded', result, output, endedAt: sql`now()` })
      .where(eq(jobs.id, jobId))
    await appendJobEvents(tx, jobId, [{ kind: 'state', data: { state: 'succeeded', result } }])
    return true
  })
}

/** An error of a job as its row keeps it, with the remedy of the error table. */
export function jobError(code: ErrorCode, detail: string, stage = 'publish'): JobError {
  return { stage, code, detail, remedy: errorTable[code].remedy, log: [] }
}

async function missingBlobs(
  artifacts: ArtifactStore,
  { version, dataset, evaluation, blobs = [] }: JobOutput,
): Promise<string[]> {
  const named = new Set([
    ...blobs,
    ...(dataset?.parts ?? []).map(({ sha256 }) => sha256),
    ...(evaluation ? [evaluation.reportSha256] : []),
    ...(version ? [version.sha256, version.reportSha256, ...version.blobs] : []),
  ])
  const found = await Promise.all([...named].map((sha256) => artifacts.has(sha256)))
  return [...named].filter((_, index) => !found[index])
}

async function publishVersion(
  { tx, signer }: { tx: Queries; signer: Signer },
  job: JobRow,
  draft: VersionDraft,
) {
  const { model, dataset, deploy, ...kept } = draft
  const { version } = await insertVersion(tx, {
    signer,
    model,
    policy: policyOf(job),
    row: {
      ...kept,
      job: job.id,
      dataset: dataset.name,
      datasetVersion: dataset.version,
      classes: [...draft.classes],
      blobs: [...draft.blobs],
      metrics: { ...draft.metrics },
    },
  })
  const deployed = await deployVersion(tx, { model, version, deploy, job: job.id })
  await announceModel(tx, model)
  return { model, version, deployed }
}

async function publishDataset(tx: Queries, { name, ...draft }: NonNullable<JobOutput['dataset']>) {
  const row = await insertDatasetVersion(tx, { dataset: name, draft })
  return { dataset: name, version: row?.version }
}

/** What a training job, or a search for the best one, says about its model's further life; other jobs leave it as it is. */
function policyOf({ type, specification }: JobRow): Partial<typeof models.$inferInsert> {
  if (type !== 'train' && type !== 'search') return {}
  const { update = null, keepPredictions = null } = specification as Record<string, never>
  return { updatePolicy: update, keepPredictions }
}

/** An update that was to be promoted, but whose champion was replaced meanwhile, counts as rejected. */
function overtaken({ result }: JobOutput, deployed: Deployed | undefined): Record<string, unknown> {
  if (result.decision !== 'promoted' || deployed?.moved !== false) return {}
  return { decision: 'rejected', reason: deployed.reason }
}

async function keepEvaluation(
  tx: Queries,
  job: string,
  { model, version, dataset, reportSha256 }: NonNullable<JobOutput['evaluation']>,
): Promise<void> {
  const added = JSON.stringify([{ job, dataset, sha256: reportSha256 }])
  await tx
    .update(modelVersions)
    .set({ evaluations: sql`${modelVersions.evaluations} || ${added}::jsonb` })
    .where(and(eq(modelVersions.model, model), eq(modelVersions.version, version)))
}
