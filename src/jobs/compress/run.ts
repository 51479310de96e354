import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { readServable } from '../../serving/servable.js'
import { invalid, loadCatalogue } from '../train/catalogue.js'
import type { CompressSpecification } from './request.js'

/** Reads parent and datasets, and compresses. TensorFlow is loaded on the way, never by importing this file. */
export async function runCompress(
  { specification, blobs }: JobData<CompressSpecification>,
  context: RunContext,
): Promise<JobOutput> {
  const { artifacts } = context
  const catalogue = await loadCatalogue()
  const parent = readServable(await artifacts.read(blobs.parent as string), catalogue.tasks)
  const { features, target, split } = parent.manifest
  return withColumnStore(context.scratchFolder, async (store) => {
    const read = (snapshot: CompressSpecification['snapshot'], columns: readonly string[], path: string) => {
      const known = new Set(snapshot.columns.map(({ name }) => name))
      const missing = columns.filter((name) => !known.has(name))
      if (missing.length > 0) {
        const list = missing.slice(0, 20).join(', ')
        throw invalid(path, `a dataset with the columns of the version; there is no ${list}`, snapshot.name)
      }
      return readTable({ snapshot, columns: [...columns], path: (sha256) => artifacts.path(sha256), store })
    }
    const table = await read(
      specification.snapshot,
      [...new Set([...split.columns, ...features, target])],
      'model',
    )
    const tables: Record<string, Table> = {}
    for (const [role, snapshot] of Object.entries(specification.datasets)) {
      tables[role] = await read(snapshot, features, `options.${role}`)
    }
    const { compressTable } = await import('./compress-table.js')
    return compressTable({ specification, parent, table, tables, catalogue, context })
  })
}
