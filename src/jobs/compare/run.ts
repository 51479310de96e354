import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { readManifest } from '../../serving/servable.js'
import { invalid, loadCatalogue } from '../train/catalogue.js'
import type { CompareSpecification } from './request.js'

/** Reads dataset and versions, and compares. TensorFlow is loaded on the way, never by importing this file. */
export async function runCompare(
  { specification, blobs }: JobData<CompareSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { snapshot, dataset } = specification
  const [first, second] = await Promise.all([
    manifestOf(blobs.model, context),
    manifestOf(blobs.with, context),
  ])
  const needed = new Set([...first.features, ...second.features, first.target])
  const known = new Set(snapshot.columns.map(({ name }) => name))
  const missing = [...needed].filter((name) => !known.has(name))
  if (missing.length > 0) {
    const list = missing.slice(0, 20).join(', ')
    throw invalid('dataset', `a dataset with the columns of both versions; there is no ${list}`, dataset)
  }
  // The columns that rows are told apart by may be gone from a later version of the dataset.
  for (const name of [...first.split.columns, ...second.split.columns]) if (known.has(name)) needed.add(name)
  const path = (sha256: string) => context.artifacts.path(sha256)
  return withColumnStore(context.scratchFolder, async (store) => {
    const table = await readTable({ snapshot, columns: [...needed], path, store })
    const { compareOnTable } = await import('./compare-on-table.js')
    const catalogue = await loadCatalogue()
    return compareOnTable({ specification, manifests: { first, second }, table, catalogue, context })
  })
}

async function manifestOf(sha256: string | undefined, { artifacts }: RunContext): Promise<ModelManifest> {
  if (sha256 === undefined) throw new FlywheelError('job-failed', 'the job names no version')
  return readManifest(await artifacts.read(sha256))
}
