import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { loadCatalogue } from '../train/catalogue.js'
import { neededColumns } from '../train/run.js'
import type { SearchSpecification } from './request.js'

/** Publishes the best of the trials. TensorFlow is loaded on the way, never by importing this file. */
export async function runSearch(
  { specification, blobs, children = [] }: JobData<SearchSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { snapshot, deploy } = specification
  const champion = deploy.when === 'better' ? (blobs.champion ?? null) : null
  const columns = await neededColumns(specification, { champion, context })
  return withColumnStore(context.scratchFolder, async (store) => {
    const started = performance.now()
    const path = (sha256: string) => context.artifacts.path(sha256)
    const table = await readTable({ snapshot, columns, path, store })
    const readSeconds = (performance.now() - started) / 1000
    const { publishBest } = await import('./publish-best.js')
    const catalogue = await loadCatalogue()
    return publishBest({ specification, children, table, champion, catalogue, context, readSeconds, store })
  })
}
