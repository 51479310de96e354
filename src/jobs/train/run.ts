import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput, RunContext } from '../../contracts/job.js'
import { withColumnStore } from '../../datasets/columns/column-store.js'
import { readTable } from '../../datasets/read-table.js'
import { readManifest } from '../../serving/servable.js'
import { loadCatalogue } from './catalogue.js'
import type { FittedVersion } from './fit-version.js'
import type { TrainSpecification } from './request.js'
import { splitColumnsOf } from './resolve-split.js'

/** Reads the dataset and trains. TensorFlow is loaded on the way, never by importing this file. */
export async function runTrain(
  { specification, blobs, children = [] }: JobData<TrainSpecification>,
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
    const { trainTable } = await import('./train-table.js')
    const { attach } = await import('./attach.js')
    const catalogue = await loadCatalogue()
    const attached = (fitted: FittedVersion) =>
      attach(fitted, { specification, children, table, context, catalogue })
    return trainTable({
      specification,
      table,
      champion,
      catalogue,
      context,
      readSeconds,
      store,
      ...(children.length === 0 ? {} : { attach: attached }),
    })
  })
}

/** Of the dataset: what the job and the champion answer by, what rows are split by, and the target. */
export async function neededColumns(
  { snapshot, target, features, evaluation }: Omit<TrainSpecification, 'type'>,
  { champion, context }: { champion: string | null; context: RunContext },
): Promise<string[]> {
  const theirs = champion === null ? [] : await columnsOf(champion, context)
  const { sliceBy = [] } = evaluation
  const needed = new Set([...features, ...theirs, ...sliceBy, target, ...splitColumnsOf(evaluation)])
  return snapshot.columns.filter(({ name }) => needed.has(name)).map(({ name }) => name)
}

/** What it answers by, and what tells the rows that it has not learnt from. None when the manifest can't be read any more: then there is nothing to compare with. */
async function columnsOf(sha256: string, { artifacts }: RunContext): Promise<readonly string[]> {
  try {
    const { features, split } = readManifest(await artifacts.read(sha256))
    return [...features, ...split.columns]
  } catch (error) {
    if (error instanceof FlywheelError) return []
    throw error
  }
}
