import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatasetSnapshot, TargetQuestion } from '../../src/contracts/dataset.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { JobOutput, RegistryLookup, RunContext, VersionSnapshot } from '../../src/contracts/job.js'
import type { ScalarColumn, Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { examineTarget, type TargetRows } from '../../src/datasets/examine/target.js'
import type { SampleColumn } from '../../src/datasets/sample-rows.js'
import { Report } from '../../src/evaluation/report.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { resolveTrain } from '../../src/jobs/train/resolve.js'
import { trainTable } from '../../src/jobs/train/train-table.js'
import type { ArtifactStore } from '../../src/registry/artifacts.js'
import type { TableWithSnapshot } from './csv-table.js'
import { testTensorFlow } from './tensorflow.js'

/** A registry that knows one dataset and perhaps one version. */
export const registryOf = (
  { snapshot, table }: Pick<TableWithSnapshot, 'snapshot'> & Partial<TableWithSnapshot>,
  champion: VersionSnapshot | null = null,
): RegistryLookup => ({
  examineTarget: async (_, question) => examineTarget(question, rowsAbout(question, { snapshot, table })),
  dataset: async () => snapshot,
  version: async (reference) => {
    if (champion === null) throw new FlywheelError('not-found', `there is no ${reference}`)
    return champion
  },
  statement: async (reference) => {
    throw new FlywheelError('not-found', `there is no ${reference}`)
  },
  chain: async (reference) => {
    throw new FlywheelError('not-found', `there is no chain ${reference}`)
  },
  pendingFeedback: async () => null,
})

/** All rows of a table; of a dataset that is only described, a target of as many classes as it has values. */
function rowsAbout(
  { target, kind }: TargetQuestion,
  { snapshot, table }: { snapshot: DatasetSnapshot; table: Table | undefined },
): TargetRows {
  const sample = (table?.columns ?? []).flatMap((column) => {
    const { type } = snapshot.columns.find(({ name }) => name === column.name) ?? {}
    return column.kind === 'numeric' || column.kind === 'text' ? [sampleOf(column, type === 'boolean')] : []
  })
  if (kind === 'regression') return { counts: null, sample }
  const counts = new Map<string, number>()
  for (const value of sample.find(({ name }) => name === target)?.values ?? []) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  }
  const { distinct = 0 } = snapshot.columns.find(({ name }) => name === target) ?? {}
  for (let value = 0; table === undefined && value < distinct; value++) counts.set(`class ${value}`, 10)
  return { counts, sample }
}

function sampleOf(column: ScalarColumn, isBoolean: boolean): SampleColumn {
  const values =
    column.kind === 'text'
      ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
      : Array.from(column.values, (value) => (Number.isNaN(value) ? null : isBoolean ? value !== 0 : value))
  return { name: column.name, values }
}

export interface RunRecord {
  readonly context: RunContext
  readonly events: { readonly kind: string; readonly data: unknown }[]
}

/** What a trainer gives a job, over a real store and a real TensorFlow. */
export function runContext(artifacts: ArtifactStore, jobId: string): RunRecord {
  const events: { kind: string; data: unknown }[] = []
  const context: RunContext = {
    signal: new AbortController().signal,
    attempt: 1,
    memoryLimitBytes: 2 ** 40,
    expectMemory: () => {},
    artifacts,
    checkpoints: artifacts.checkpoints(jobId),
    outputOf: async () => null,
    scratchFolder: join(tmpdir(), 'flywheel-scratch'),
    progress: () => {},
    event: (kind, data) => events.push({ kind, data }),
    hasGpu: async () => false,
    tensorflow: async () => (await testTensorFlow()).tf,
  }
  return { context, events }
}

let jobs = 0

/** Resolves and runs a training job on a table that is in memory already. */
export async function trainOn(
  data: TableWithSnapshot,
  request: Omit<TrainRequest, 'type' | 'dataset' | 'model'>,
  { artifacts, champion = null }: { artifacts: ArtifactStore; champion?: VersionSnapshot | null },
) {
  const body: TrainRequest = { type: 'train', model: 'model', dataset: data.snapshot.name, ...request }
  const { specification, blobs, plan } = await resolveTrain(body, registryOf(data, champion))
  const run = runContext(artifacts, `job-${process.pid}-${++jobs}`)
  const output = await trainTable({
    specification,
    table: data.table,
    champion: blobs.champion ?? null,
    catalogue: await loadCatalogue(),
    context: run.context,
    readSeconds: 0,
  })
  return { specification, plan, output, report: await reportOf(output, artifacts), events: run.events }
}

async function reportOf({ version }: JobOutput, artifacts: ArtifactStore): Promise<Report> {
  if (version === undefined) throw new Error('the job made no version')
  return parse(Report, JSON.parse((await artifacts.read(version.reportSha256)).toString()))
}
