import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { readTable } from '../../datasets/read-table.js'
import { readManifest } from '../../serving/servable.js'
import { loadCatalogue } from './catalogue.js'
import type { TrainSpecification } from './request.js'

/** Reads the dataset and trains. TensorFlow is loaded on the way, never by importing this file. */
export async function runTrain(
  { specification, blobs }: JobData<TrainSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { snapshot, target, features, deploy } = specification
  const champion = deploy.when === 'better' ? (blobs.champion ?? null) : null
  const theirs = champion === null ? [] : await featuresOf(champion, context)
  const needed = new Set([...features, ...theirs, target])
  const columns = snapshot.columns.filter(({ name }) => needed.has(name)).map(({ name }) => name)
  const started = performance.now()
  const table = await readTable({ snapshot, columns, path: (sha256) => context.artifacts.path(sha256) })
  const readSeconds = (performance.now() - started) / 1000
  const { trainTable } = await import('./train-table.js')
  const catalogue = await loadCatalogue()
  return trainTable({ specification, table, champion, catalogue, context, readSeconds })
}

/** None when the manifest can't be read any more: then there is nothing to compare with. */
async function featuresOf(sha256: string, { artifacts }: RunContext): Promise<readonly string[]> {
  try {
    return readManifest(await artifacts.read(sha256)).features
  } catch (error) {
    if (error instanceof FlywheelError) return []
    throw error
  }
}
