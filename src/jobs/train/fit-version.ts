import type { Shapes, TensorFlow } from '../../contracts/family.js'
import type { RunContext } from '../../contracts/job.js'
import { weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import type { Table } from '../../contracts/table.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { selectRows } from '../../datasets/select-rows.js'
import { openCalibrated } from '../../evaluation/calibration/calibrate-version.js'
import type { CalibrationReport } from '../../evaluation/report/calibration-schema.js'
import type { Report } from '../../evaluation/report.js'
import { openStoredModel, type StoredModel, withColumns } from '../../evaluation/stored-model.js'
import type { Training } from '../../training/options.js'
import { type Trained, train } from '../../training/train.js'
import { type Catalogue, named } from './catalogue.js'
import { dataWarnings } from './data-warnings.js'
import { networkInput } from './network-input.js'
import { type FittedData, prepareData, type SplitTable } from './prepare-data.js'
import type { TrainSpecification } from './request.js'
import { describeModel } from './store-model.js'
import { timed } from './timed.js'
import { trainingFigures } from './training-figures.js'

export interface FitOptions {
  readonly specification: TrainSpecification
  /** Features and target, and perhaps further columns. */
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
  /** Gets the seconds of each stage. */
  readonly seconds: Record<string, number>
  /** Which rows are learnt from, and which are kept out; default: by their content. */
  readonly split?: SplitTable
  /** Where columns are put that do not fit in memory; in memory all the same when it is left out. */
  readonly store?: ColumnStore
}

/** A version that is trained and opened, but neither judged nor published. */
export interface FittedVersion {
  readonly tf: TensorFlow
  readonly data: FittedData
  readonly history: Report['history']
  readonly training: Report['training']
  /** With its calibration in its manifest; the caller disposes of it. */
  readonly model: StoredModel
  readonly calibration: CalibrationReport | undefined
  readonly warnings: Report['warnings']
}

interface Learnt extends Pick<FittedVersion, 'tf' | 'data' | 'warnings'> {
  readonly shapes: Shapes
  readonly trained: Trained
}

/** Prepares the rows and trains on them: when it has ended, nothing holds what the network was given any more. */
async function learn(options: FitOptions): Promise<Learnt> {
  const { specification, table, catalogue, context, seconds, split, store } = options
  const { given, ...data } = await prepareData(table, specification, { ...catalogue, split, store })
  Object.assign(seconds, data.seconds)
  const warnings = dataWarnings(data)
  const warn = (warning: Report['warnings'][number]): void => context.event('warning', warning)
  for (const warning of warnings) warn(warning)
  const family = named(catalogue.families, specification.family, 'family')
  const input = networkInput(family, { given: specification.inputShape ?? undefined, row: data.chain.row })
  const shapes: Shapes = { inputs: [input], units: data.head.units }
  const tf = await context.tensorflow(specification.training)
  const trained = await timed(seconds, 'train', () =>
    train({
      tf,
      family,
      hyperparameters: specification.hyperparameters,
      shapes,
      head: data.head,
      data: given,
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
    }),
  )
  return { tf, data, shapes, trained, warnings }
}

/** Prepares the rows of a table, trains on them and lets the validation rows choose the calibration. */
export async function fitVersion(options: FitOptions): Promise<FittedVersion> {
  const { specification, table, catalogue, context, seconds } = options
  const { tf, data, shapes, trained, warnings } = await learn(options)
  const described = await describeModel(context.artifacts, { specification, data, shapes, trained })
  const weights = await readStored(context.artifacts, weightsOf(described, 'to be judged'))
  const { model, report: calibration } = await timed(seconds, 'calibrate', () =>
    openCalibrated(described, {
      // Read back from the store: what is judged is what will be served.
      open: (manifest) => openStoredModel({ tf, manifest, weights, ...catalogue }),
      parts: [selectRows(columnsOf(described, table), data.split.validation)],
      metrics: catalogue.metrics,
    }),
  )
  return {
    tf,
    data,
    history: trained.history.map((epoch) => ({ ...epoch })),
    training: trainingFigures(trained, shapes),
    model,
    calibration,
    warnings,
  }
}

/** Features and target. */
export const columnsOf = ({ features, target }: StoredModel['manifest'], table: Table): Table =>
  withColumns(table, [...features, target])
