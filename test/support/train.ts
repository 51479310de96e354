import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { JobOutput, RegistryLookup, RunContext, VersionSnapshot } from '../../src/contracts/job.js'
import { parse } from '../../src/contracts/validation.js'
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
  { snapshot }: Pick<TableWithSnapshot, 'snapshot'>,
  champion: VersionSnapshot | null = null,
): RegistryLookup => ({
  dataset: async () => snapshot,
  version: async (reference) => {
    if (champion === null) throw new FlywheelError('not-found', `there is no ${reference}`)
    return champion
  },
  chain: async (reference) => {
    throw new FlywheelError('not-found', `there is no chain ${reference}`)
  },
  pendingFeedback: async () => null,
})

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
