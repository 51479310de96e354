import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { loadCatalogue } from '../train/catalogue.js'
import { neededColumns } from '../train/run.js'
import type { TrialSpecification } from './specification.js'

/** Reads the dataset, trains and scores. TensorFlow is loaded on the way, never by importing this file. */
export async function runTrial(
  { specification }: JobData<TrialSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { snapshot } = specification
  const columns = await neededColumns(specification, { champion: null, context })
  return withColumnStore(context.scratchFolder, async (store) => {
    const path = (sha256: string) => context.artifacts.path(sha256)
    const table = await readTable({ snapshot, columns, path, store })
    const { runTrialOnTable } = await import('./trial-on-table.js')
    const catalogue = await loadCatalogue()
    return { result: await runTrialOnTable({ specification, table, catalogue, context, store }) }
  })
}
