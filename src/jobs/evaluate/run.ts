import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { readManifest } from '../../serving/servable.js'
import { invalid, loadCatalogue } from '../train/catalogue.js'
import type { EvaluateSpecification } from './request.js'

/** Reads dataset and version, and scores. TensorFlow is loaded on the way, never by importing this file. */
export async function runEvaluate(
  { specification, blobs }: JobData<EvaluateSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { snapshot } = specification
  if (blobs.model === undefined) throw new FlywheelError('job-failed', 'the job names no version')
  const manifest = readManifest(await context.artifacts.read(blobs.model))
  const columns = [...new Set([...manifest.features, manifest.target, ...(specification.sliceBy ?? [])])]
  const known = new Set(snapshot.columns.map(({ name }) => name))
  const missing = columns.filter((name) => !known.has(name))
  if (missing.length > 0) {
    throw invalid(
      'dataset',
      `a dataset with the model’s columns; there is no ${missing.slice(0, 20).join(', ')}`,
      specification.dataset,
    )
  }
  return withColumnStore(context.scratchFolder, async (store) => {
    const path = (sha256: string) => context.artifacts.path(sha256)
    const table = await readTable({ snapshot, columns, path, store })
    const { evaluateTable } = await import('./evaluate-table.js')
    return evaluateTable({ specification, manifest, table, catalogue: await loadCatalogue(), context })
  })
}
