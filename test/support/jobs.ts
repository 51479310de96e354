import type { VersionDraft } from '../../src/contracts/job.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import type { Queries } from '../../src/registry/database/database.js'
import { newId } from '../../src/registry/ids.js'
import { insertJob } from '../../src/registry/jobs.js'

const plan = { reasons: {}, parameters: 0, memoryBytes: 0, secondsEstimate: null, warnings: [] }

/** A queued job's row. @returns its id */
export async function addJob(
  db: Queries,
  { type = 'count', ...specification }: { type?: string; [field: string]: unknown } = {},
): Promise<string> {
  const { job } = await insertJob(db, {
    id: newId(),
    type,
    resolved: { specification: { type, ...specification }, blobs: {}, plan },
  })
  return job.id
}

/** A version with one blob, which is in the store. */
export async function draftVersion(
  artifacts: Pick<ArtifactStore, 'put'>,
  { model, ...rest }: Partial<VersionDraft> & { model: string },
): Promise<VersionDraft> {
  const { sha256, sizeBytes } = await artifacts.put(Buffer.from(`weights of ${model} ${newId()}`))
  return {
    model,
    task: 'tabular-classification',
    target: 'label',
    classes: ['7', 7, true],
    dataset: { name: 'none', version: 1 },
    parent: null,
    sha256,
    blobs: [sha256],
    sizeBytes,
    metrics: { accuracy: 1 },
    reportSha256: sha256,
    deploy: { alias: 'champion', move: true, expected: null, reason: 'first', metrics: null },
    ...rest,
  }
}
