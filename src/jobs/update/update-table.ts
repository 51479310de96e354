import { FlywheelError } from '../../contracts/errors.js'
import type { JobOutput } from '../../contracts/job.js'
import { weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import type { Table } from '../../contracts/table.js'
import { copyRows, selectRows } from '../../datasets/select-rows.js'
import { openCalibrated } from '../../evaluation/calibration/calibrate-version.js'
import {
  openStoredModel,
  type StoredModel,
  scalarColumn,
  withColumns,
} from '../../evaluation/stored-model.js'
import { forgettingByClass } from '../../online/forgetting.js'
import { type Answers, judge } from '../../online/gate.js'
import { readLearntFeedback } from '../../online/learnt-feedback.js'
import { readNewLabels } from '../../online/new-labels.js'
import { updateTraining } from '../../online/update-training.js'
import type { Pruning } from '../../training/pruning/pruning.js'
import { train } from '../../training/train.js'
import type { TrainingWarning } from '../../training/warnings.js'
import { prepareChain } from '../../transforms/chain/apply-chain.js'
import { openVersion } from '../evaluate/open-version.js'
import { named } from '../train/catalogue.js'
import { type MixedRows, mixRows } from './mix-rows.js'
import { storeUpdate } from './store-update.js'
import { trainingOf } from './training-of.js'
import type { Update, UpdateTableOptions } from './update-run.js'

/** Trains a challenger on new labels and replayed rows, judges it, and stores it when it is promoted. */
export async function updateTable(options: UpdateTableOptions): Promise<JobOutput> {
  const { servable, context, catalogue, table } = options
  const { manifest, task, signature } = servable
  const labels = await readNewLabels(options.feedback, servable, catalogue.transforms)
  const counts = { usable: labels.table.rows, skipped: labels.skipped }
  const before = trainingOf(manifest)
  const training = updateTraining(before, { newRows: labels.table.rows })
  const { validationSplit } = before
  const learnt = await readLearntFeedback(context.artifacts, manifest)
  const rows = mixRows({ servable, table, newLabels: labels.table, learnt, training, validationSplit })
  if (rows.newRows === 0) return rejectedUntried(options, { reason: NOTHING_FITS, skipped: labels.skipped })
  const tf = await context.tensorflow({ deterministic: training.deterministic })
  const stored = weightsOf(manifest, 'to learn from labels')
  const weights = await readStored(context.artifacts, stored)
  const optimizer = manifest.optimizer && {
    tensors: manifest.optimizer.tensors,
    bytes: await readStored(context.artifacts, manifest.optimizer),
  }
  const head = task.head(manifest.task.state)
  const warnings: TrainingWarning[] = []
  const started = performance.now()
  const learning = train({
    tf,
    family: named(catalogue.families, manifest.family.name, 'family'),
    hyperparameters: manifest.family.hyperparameters,
    shapes: manifest.shapes,
    head,
    data: { ...(await learningData(options, { rows, newLabels: labels.table })), ...rows },
    classes: signature.classes,
    training,
    initial: { weights: { tensors: stored.tensors, bytes: weights }, optimizer },
    ...(manifest.sparsity === undefined ? {} : { pruning: keptZeros }),
    checkpoints: context.checkpoints,
    signal: context.signal,
    memoryLimitBytes: context.memoryLimitBytes,
    expectMemory: (demand) => context.expectMemory(demand),
    onProgress: (progress) => context.progress(progress),
    onEpoch: (metrics) => context.event('epoch', metrics),
    onLog: (message) => context.event('log', { message }),
    onWarning(warning) {
      warnings.push(warning)
      context.event('warning', warning)
    },
  })
  const trained = await learning.catch(divergence)
  if (trained instanceof FlywheelError) {
    return rejectedUntried(options, {
      reason: `learning diverged: ${trained.message}`,
      skipped: labels.skipped,
    })
  }
  const trainSeconds = (performance.now() - started) / 1000
  // Other weights answer otherwise: the champion's calibration and ONNX form are none of theirs.
  const { calibration: _, onnx: __, ...known } = manifest
  // The champion's may be stored as halves or integers; a challenger's are float32.
  const described = { ...known, weights: { ...stored, tensors: trained.weights.tensors } }
  const { model: challenger, report: calibration } = await openCalibrated(described, {
    open: (calibrated) =>
      openStoredModel({ tf, manifest: calibrated, weights: trained.weights.bytes, ...catalogue }),
    parts: partsOf(rows.validation, { table, labels: labels.table, original: rows.original }),
    metrics: catalogue.metrics,
  })
  const champion = await openVersion(manifest, { context, catalogue })
  try {
    const answer = answersOf({ champion, challenger })
    const holdout = await answer(selectRows(table, rows.holdout))
    const newLabels = await answer(copyRows(labels.table, rows.keptOut))
    const verdict = judge({ kind: task.kind, units: head.units, holdout, newLabels })
    const judged = { tf, rows, trained, trainSeconds, warnings, verdict, holdout, challenger, calibration }
    return await finish({ ...options, ...judged }, counts)
  } finally {
    champion.dispose()
    challenger.dispose()
  }

  function answersOf(models: { champion: StoredModel; challenger: StoredModel }) {
    return async (part: Table): Promise<Answers> => ({
      yTrue: models.champion.truth(scalarColumn(part, manifest.target)),
      champion: await models.champion.answer(part),
      challenger: await models.challenger.answer(part),
    })
  }
}

/** Rows of the original table and of the new labels, by their numbers in both together. */
function partsOf(
  numbers: Int32Array,
  { table, labels, original }: { table: Table; labels: Table; original: Int32Array },
): Table[] {
  const old = numbers.filter((number) => number < original.length)
  const fresh = numbers.filter((number) => number >= original.length)
  return [
    copyRows(
      table,
      old.map((number) => original[number] as number),
    ),
    copyRows(
      labels,
      fresh.map((number) => number - original.length),
    ),
  ]
}

/** Promoted: a version with its parent. Rejected: nothing but the numbers. */
async function finish(
  update: Update,
  { usable, skipped }: { usable: number; skipped: number },
): Promise<JobOutput> {
  const { specification, servable, rows, verdict, holdout, trained } = update
  const { decision, reason } = verdict
  const { classes } = servable.signature
  const figures = (who: 'champion' | 'challenger') => ({
    holdout: verdict.holdout[who],
    newLabels: verdict.newLabels[who],
  })
  const { rows: holdoutRows, champion: _, challenger: __, ...comparison } = verdict.holdout
  const result = {
    decision,
    reason,
    model: specification.model,
    champion: { version: specification.champion.version, ...figures('champion') },
    challenger: figures('challenger'),
    holdoutRows,
    comparison,
    newLabelRows: verdict.newLabels.rows,
    labels: {
      learnt: rows.newRows,
      validated: usable - rows.newRows - rows.keptOut.length,
      skipped,
      replayed: rows.replayRows,
    },
    epochs: trained.history.length,
    ...(classes.length > 0 ? { classes: forgettingByClass(holdout, classes) } : {}),
  }
  const { model, retry, feedback } = specification
  const mark = { model, upTo: feedback.lastSequence, retry }
  if (decision === 'rejected') return { result, feedback: { ...mark, outcome: 'rejected' } }
  return {
    result,
    version: await storeUpdate(update),
    feedback: { ...mark, outcome: 'learnt' },
  }
}

/** Nothing more is taken out of a pruned champion, and nothing of what was comes back. */
const keptZeros: Pruning = { removed: { sparsity: 0 }, until: 1, times: 1 }

const NOTHING_FITS = 'no label fits the champion: it has other columns or other classes by now'

/** Labels that no challenger can learn from would fail every update to come: they are rejected, and rest. */
function divergence(error: unknown): FlywheelError {
  if (error instanceof FlywheelError && error.code === 'training-diverged') return error
  throw error
}

/** There is no challenger to compare. */
function rejectedUntried(
  { specification }: UpdateTableOptions,
  { reason, skipped }: { reason: string; skipped: number },
): JobOutput {
  const { model, retry, champion, feedback } = specification
  return {
    result: {
      decision: 'rejected',
      reason,
      model,
      champion,
      challenger: null,
      holdoutRows: 0,
      labels: { learnt: 0, validated: 0, skipped, replayed: 0 },
    },
    feedback: { model, upTo: feedback.lastSequence, outcome: 'rejected', retry },
  }
}

/** Features and targets of the rows that are used: the original ones, then the new ones. */
async function learningData(
  { servable: { manifest, task }, table, catalogue }: UpdateTableOptions,
  { rows, newLabels }: { rows: MixedRows; newLabels: Table },
): Promise<{ features: Float32Array; targets: Float64Array }> {
  const preprocess = prepareChain(manifest, catalogue.transforms)
  const parts = [copyRows(table, rows.original), newLabels]
  const [old, fresh] = (await Promise.all(
    parts.map((part) => preprocess(withColumns(part, manifest.features))),
  )) as [Float32Array, Float32Array]
  const features = new Float32Array(old.length + fresh.length)
  features.set(old)
  features.set(fresh, old.length)
  const targets = parts.flatMap((part) => [
    ...task.encode(scalarColumn(part, manifest.target), manifest.task.state),
  ])
  return { features, targets: Float64Array.from(targets) }
}
