import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { readServable } from '../../serving/servable.js'
import { loadCatalogue } from '../train/catalogue.js'
import type { UpdateSpecification } from './request.js'

/** Reads champion, labels and original data, and updates. TensorFlow is loaded on the way. */
export async function runUpdate(
  { specification, blobs }: JobData<UpdateSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { artifacts } = context
  const catalogue = await loadCatalogue()
  const servable = readServable(await artifacts.read(blobs.champion as string), catalogue.tasks)
  const feedback = await artifacts.read(blobs.feedback as string)
  const { snapshot } = specification
  const { manifest } = servable
  const columns = [...new Set([...manifest.split.columns, ...manifest.features, manifest.target])]
  return withColumnStore(context.scratchFolder, async (store) => {
    const table = await readTable({ snapshot, columns, path: (sha256) => artifacts.path(sha256), store })
    const { updateTable } = await import('./update-table.js')
    return updateTable({ specification, servable, feedback, table, catalogue, context })
  })
}
