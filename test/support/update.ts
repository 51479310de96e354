import type { JobOutput, RegistryLookup, VersionSnapshot } from '../../src/contracts/job.js'
import type { Label } from '../../src/contracts/task.js'
import { copyRows } from '../../src/datasets/select-rows.js'
import { type StoredModel, scalarColumn } from '../../src/evaluation/stored-model.js'
import { openVersion as openStoredVersion } from '../../src/jobs/evaluate/open-version.js'
import { type Catalogue, loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { resolveUpdate } from '../../src/jobs/update/resolve.js'
import { updateTable } from '../../src/jobs/update/update-table.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import { readServable } from '../../src/serving/servable.js'
import type { TableWithSnapshot } from './csv-table.js'
import { registryOf, runContext } from './train.js'

/** A table's rows as feedback takes them, with the labels that `labelOf` gives. */
export function asFeedback(
  { columns }: TableWithSnapshot['table'],
  { rows, target, labelOf = (label) => label }: FeedbackOptions,
): { features: Record<string, unknown>; label: Label }[] {
  return Array.from(rows, (row) => {
    const cells = columns.map((column): [string, unknown] => {
      if (column.kind === 'numeric') {
        const value = column.values[row] as number
        return [column.name, Number.isNaN(value) ? null : value]
      }
      if (column.kind !== 'text') throw new TypeError(`${column.name} is ${column.kind}`)
      return [column.name, column.dictionary[column.codes[row] as number] ?? null]
    })
    const { [target]: label, ...features } = Object.fromEntries(cells)
    return { features, label: labelOf(label as Label, row) }
  })
}

export interface FeedbackOptions {
  readonly rows: Iterable<number>
  readonly target: string
  readonly labelOf?: (label: Label, row: number) => Label
}

let jobs = 0

/** Resolves and runs an update of a version that was trained on a table in memory. */
export async function updateOn(
  data: TableWithSnapshot,
  feedback: readonly { features: Record<string, unknown>; label: Label }[],
  {
    artifacts,
    champion,
    change = (catalogue) => catalogue,
  }: {
    artifacts: ArtifactStore
    champion: JobOutput
    change?: (catalogue: Catalogue) => Catalogue
  },
): Promise<JobOutput> {
  const lines = feedback.map((item, index) => JSON.stringify({ sequence: index + 1, ...item }))
  const { sha256 } = await artifacts.put(Buffer.from(lines.join('\n')))
  const registry: RegistryLookup = {
    ...registryOf(data, snapshotOf(champion)),
    pendingFeedback: async () => ({ sha256, rows: lines.length, lastSequence: lines.length }),
  }
  const { specification, blobs } = await resolveUpdate({ type: 'update', model: 'model' }, registry)
  const catalogue = change(await loadCatalogue())
  return updateTable({
    specification,
    servable: readServable(await artifacts.read(blobs.champion as string), catalogue.tasks),
    feedback: await artifacts.read(sha256),
    table: data.table,
    catalogue,
    context: runContext(artifacts, `update-${process.pid}-${++jobs}`).context,
  })
}

function snapshotOf({ version }: JobOutput): VersionSnapshot {
  if (version === undefined) throw new Error('the job made no version')
  const { model, sha256, blobs, dataset, task, target, classes } = version
  return { model, version: 1, sha256, blobs, dataset, task, target, classes }
}

/** The version that a job made, to be asked. */
export async function openVersion({ version }: JobOutput, artifacts: ArtifactStore): Promise<StoredModel> {
  if (version === undefined) throw new Error('the job made no version')
  const catalogue = await loadCatalogue()
  const { manifest } = readServable(await artifacts.read(version.sha256), catalogue.tasks)
  const { context } = runContext(artifacts, 'open')
  return openStoredVersion(manifest, { context, catalogue })
}

/** Share of rows that a version answers rightly. */
export async function accuracyOn(
  output: JobOutput,
  {
    table,
    rows,
    artifacts,
  }: { table: TableWithSnapshot['table']; rows: Int32Array; artifacts: ArtifactStore },
): Promise<number> {
  const model = await openVersion(output, artifacts)
  const part = copyRows(table, rows)
  const truth = model.truth(scalarColumn(part, model.manifest.target))
  const outputs = await model.answer(part)
  model.dispose()
  const units = outputs.length / rows.length
  const right = truth.filter((label, row) => {
    const probabilities = outputs.subarray(row * units, (row + 1) * units)
    return probabilities.indexOf(Math.max(...probabilities)) === label
  })
  return right.length / rows.length
}
