import { FlywheelError } from '../../contracts/errors.js'
import type { Shapes, TensorFlow } from '../../contracts/family.js'
import type { JobOutput, RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import { copyRows } from '../../datasets/select-rows.js'
import { openCalibrated } from '../../evaluation/calibration/calibrate-version.js'
import { inOwnUnit } from '../../evaluation/evaluate.js'
import { type Examination, examine } from '../../evaluation/examine.js'
import type { Report } from '../../evaluation/report.js'
import { openStoredModel, type StoredModel, withColumns } from '../../evaluation/stored-model.js'
import { readManifest } from '../../serving/servable.js'
import type { Training } from '../../training/options.js'
import { train } from '../../training/train.js'
import { type Catalogue, named } from './catalogue.js'
import { decideDeploy } from './decide-deploy.js'
import { networkInput } from './network-input.js'
import { type PreparedData, prepareData } from './prepare-data.js'
import type { TrainSpecification } from './request.js'
import { checkTwoClasses } from './resolve-costs.js'
import { describeModel, storeManifest } from './store-model.js'
import { trainingFigures } from './training-figures.js'

export interface TrainTableOptions {
  readonly specification: TrainSpecification
  /** Features of the new version, those of the champion that the dataset has, and the target. */
  readonly table: Table
  /** The champion's manifest's hash; null when there is none to compare with. */
  readonly champion: string | null
  readonly catalogue: Catalogue
  readonly context: RunContext
  /** Seconds that reading the table took, for the report. */
  readonly readSeconds: number
}

/** Trains a version on a table, judges it on the rows kept out, stores it and decides about its deployment. */
export async function trainTable(options: TrainTableOptions): Promise<JobOutput> {
  const { specification, table, catalogue, context } = options
  const seconds: Record<string, number> = { read: options.readSeconds }
  const data = await timed(seconds, 'prepare', () => prepareData(table, specification, catalogue))
  const warnings = dataWarnings(data)
  const warn = (warning: Report['warnings'][number]): void => context.event('warning', warning)
  for (const warning of warnings) warn(warning)
  checkTwoClasses(specification.evaluation.costs, data.head.units)
  const family = named(catalogue.families, specification.family, 'family')
  const input = networkInput(family, { given: specification.inputShape ?? undefined, row: data.chain.row })
  const shapes: Shapes = { inputs: [input], units: data.head.units }
  const tf = await context.tensorflow(specification.training)
  const started = performance.now()
  const trained = await train({
    tf,
    family,
    hyperparameters: specification.hyperparameters,
    shapes,
    head: data.head,
    data: { ...data.split, features: data.features, targets: data.targets, training: data.learning },
    classes: data.task.classes(data.state),
    training: specification.training as Training,
    checkpoints: context.checkpoints,
    signal: context.signal,
    memoryLimitBytes: context.memoryLimitBytes,
    expectMemory: (demand) => context.expectMemory(demand),
    onProgress: (progress) => context.progress(progress),
    onEpoch: (metrics) => context.event('epoch', metrics),
    onLog: (message) => context.event('log', { message }),
    onWarning(warning) {
      warnings.push(warning)
      warn(warning)
    },
  })
  seconds.train = (performance.now() - started) / 1000
  const described = await describeModel(context.artifacts, { specification, data, shapes, trained })
  const weights = await context.artifacts.read(described.weights.sha256)
  const { model: challenger, report: calibration } = await timed(seconds, 'calibrate', () =>
    openCalibrated(described, {
      // Read back from the store: what is judged is what will be served.
      open: (manifest) => openStoredModel({ tf, manifest, weights, ...catalogue }),
      parts: [copyRows(columnsOf(described, table), data.split.validation)],
      metrics: catalogue.metrics,
    }),
  )
  const stored = await storeManifest(context.artifacts, challenger.manifest)
  const champion = options.champion === null ? null : await openChampion(options.champion, { ...options, tf })
  try {
    const { evaluation, ...parts } = await timed(seconds, 'evaluate', () =>
      examineTestRows(challenger, { ...options, data }),
    )
    const deploy = await decideDeploy({
      specification,
      champion,
      challenger,
      table,
      testRows: data.split.test,
      metrics: catalogue.metrics,
    })
    const figures = trainingFigures(trained, data.chain)
    const report: Report = {
      format: 1,
      model: specification.model,
      dataset: specification.dataset,
      task: specification.task,
      target: specification.target,
      evaluation,
      ...parts,
      ...(calibration === undefined ? {} : { calibration }),
      history: trained.history.map((epoch) => ({ ...epoch })),
      training: figures,
      split: splitFigures(data),
      rowChanges: [...data.chain.training.changes],
      warnings,
      deploy,
      secondsByStage: seconds,
    }
    const stamp = await context.artifacts.put(Buffer.from(JSON.stringify(report)))
    const { snapshot } = specification
    return {
      result: {
        model: specification.model,
        sha256: stored.sha256,
        metrics: evaluation.metrics,
        baseline: evaluation.baseline,
        rows: splitFigures(data),
        rowChanges: data.chain.training.changes,
        training: figures,
        deployed: { alias: deploy.alias, moved: deploy.move, reason: deploy.reason, metrics: deploy.metrics },
      },
      version: {
        model: specification.model,
        task: specification.task,
        target: specification.target,
        classes: data.task.classes(data.state),
        dataset: { name: snapshot.name, version: snapshot.version },
        parent: null,
        sha256: stored.sha256,
        blobs: [...stored.blobs, stamp.sha256],
        sizeBytes: stored.sizeBytes + stamp.sizeBytes,
        metrics: evaluation.metrics,
        reportSha256: stamp.sha256,
        deploy,
      },
    }
  } finally {
    challenger.dispose()
    champion?.dispose()
  }
}

/** Null, with a warning, when it is gone or damaged by now: the new version is published all the same. */
async function openChampion(
  sha256: string,
  { context: { artifacts, event }, catalogue, tf }: TrainTableOptions & { readonly tf: TensorFlow },
): Promise<StoredModel | null> {
  try {
    const manifest = readManifest(await artifacts.read(sha256))
    const weights = await artifacts.read(manifest.weights.sha256)
    return openStoredModel({ tf, manifest, weights, ...catalogue })
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error
    event('warning', { code: 'champion-unreadable', detail: error.message, remedy: error.remedy })
    return null
  }
}

/** Features and target. */
const columnsOf = ({ features, target }: StoredModel['manifest'], table: Table): Table =>
  withColumns(table, [...features, target])

function examineTestRows(
  model: StoredModel,
  { table, data, catalogue, context }: TrainTableOptions & { readonly data: PreparedData },
): Promise<Examination> {
  const { head, split, targets } = data
  const training = Float64Array.from(split.training, (row) => targets[row] as number)
  return examine(model, {
    table: copyRows(columnsOf(model.manifest, table), split.test),
    metrics: catalogue.metrics,
    known: { targets: inOwnUnit(training, head.scale), of: 'the training rows' },
    signal: context.signal,
  })
}

const splitFigures = ({ split }: PreparedData): Report['split'] => ({
  training: split.training.length,
  validation: split.validation.length,
  test: split.test.length,
  unusable: split.unusable,
})

/** What only the values show. */
function dataWarnings(data: PreparedData): Report['warnings'] {
  return [...mergedWarning(data), ...data.chain.training.warnings, ...lostClassWarning(data)]
}

/** Steps that drop rows may leave a class without any. */
function lostClassWarning({ task, state, split, learning, targets }: PreparedData): Report['warnings'] {
  const [before, after] = [split.training, learning].map(
    (rows) => new Set(Array.from(rows, (row) => targets[row])),
  )
  const lost = task.classes(state).filter((_, index) => before?.has(index) && !after?.has(index))
  if (lost.length === 0) return []
  return [
    {
      code: 'class-dropped',
      detail: `the steps that drop rows leave no training row of ${lost.slice(0, 5).join(', ')}${lost.length > 5 ? ` and ${lost.length - 5} more classes` : ''}`,
      remedy: 'Impute or clip in place of dropping, or drop by fewer columns',
    },
  ]
}

function mergedWarning({ state, task }: PreparedData): Report['warnings'] {
  const { merged = [] } = task.kind === 'classification' ? (state as { merged?: MergedSpelling[] }) : {}
  if (merged.length === 0) return []
  const rows = merged.reduce((sum, spelling) => sum + spelling.rows, 0)
  const first = merged
    .slice(0, 5)
    .map(({ label, into }) => `${JSON.stringify(label)} as ${JSON.stringify(into)}`)
  return [
    {
      code: 'labels-merged',
      detail: `${merged.length} spellings of labels (${rows} rows) count as a more frequent one: ${first.join(', ')}`,
      remedy: 'Nothing, or write labels that differ in more than case, outer spaces or a final full stop',
    },
  ]
}
interface MergedSpelling {
  readonly label: unknown
  readonly into: unknown
  readonly rows: number
}

async function timed<Result>(
  seconds: Record<string, number>,
  stage: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const started = performance.now()
  const result = await work()
  seconds[stage] = (performance.now() - started) / 1000
  return result
}
