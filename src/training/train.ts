import { createHash } from 'node:crypto'
import { totalmem } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { FlywheelError } from '../contracts/errors.js'
import type { Family, Shapes, TensorFlow } from '../contracts/family.js'
import type { Checkpoints, JobProgress } from '../contracts/job.js'
import { type MemoryDemand, memoryLimitError } from '../contracts/memory.js'
import type { Head, Label } from '../contracts/task.js'
import { isOutOfMemory } from '../tensorflow/status.js'
import type { Callback, TrainingView } from './callbacks/callback.js'
import { type CheckpointTiming, checkpoint } from './callbacks/checkpoint.js'
import { earlyStopping } from './callbacks/early-stopping.js'
import { progress } from './callbacks/progress.js'
import { timeLimit } from './callbacks/time-limit.js'
import { createRunner } from './create-runner.js'
import { type Divergence, diverged, firstDivergence, retriedWarning, retryFactor } from './divergence.js'
import { forwardRows } from './forward-rows.js'
import { memoryDemand } from './memory.js'
import type { Training } from './options.js'
import { batchesOf, epochOrder } from './order.js'
import { createPace } from './pace.js'
import type { Pruning } from './pruning/pruning.js'
import { resume, type SavedTraining, savedTraining } from './resume.js'
import { learningRateAt } from './schedules/learning-rate.js'
import { account, type EpochMetrics, emptySums, means, newState, type TrainingState } from './state.js'
import { stepClock } from './step-clock.js'
import type { ChosenExecutor, ExecutorName, StepRunner } from './step-runner.js'
import type { TrainingData } from './training-data.js'
import { waitMeter } from './wait-meter.js'
import { createWarnings, type TrainingWarning, type Warnings } from './warnings.js'
import { type NamedTensor, type PackedTensors, packTensors, unpackTensors } from './weights.js'

export interface TrainOptions {
  readonly tf: TensorFlow
  readonly family: Family
  readonly hyperparameters: unknown
  readonly shapes: Shapes
  readonly head: Head
  readonly data: TrainingData & {
    /** Numbers of the rows that are learnt from. */
    readonly training: Int32Array
    /** Rows for the validation loss; may be empty. */
    readonly validation: Int32Array
  }
  /** In output order, for class weights; empty for regression. */
  readonly classes?: readonly Label[]
  readonly training: Training
  /** What is taken out of the network while it learns, counted in steps from the optimizer's first. */
  readonly pruning?: Pruning
  /** Where an update goes on from. */
  readonly initial?: { readonly weights: PackedTensors; readonly optimizer?: PackedTensors | null }
  readonly checkpoints?: Checkpoints
  readonly checkpointTiming?: CheckpointTiming
  /** What computes the steps; default: what suits the model and the length of the training. */
  readonly executor?: ExecutorName
  /** Data of more bytes is fed to the compiled steps call by call. */
  readonly residentBytes?: number
  readonly signal?: AbortSignal
  /** What the process may use; default: the machine's memory. */
  readonly memoryLimitBytes?: number
  /** Is told what the training will need. */
  expectMemory?(demand: MemoryDemand): void
  onProgress?(progress: JobProgress): void
  onEpoch?(metrics: EpochMetrics): void
  onLog?(line: string): void
  onWarning?(warning: TrainingWarning): void
}

export interface Trained {
  readonly weights: PackedTensors
  /** The optimizer's slots and its number of steps, so that an update can go on. */
  readonly optimizer: PackedTensors
  readonly history: readonly EpochMetrics[]
  /** The epoch, from 1, whose weights were restored, else that with the lowest validation loss; null without validation rows. */
  readonly bestEpoch: number | null
  /** Whether `weights` are those of `bestEpoch` rather than of the last epoch. */
  readonly bestWeightsRestored: boolean
  readonly stepsRun: number
  /** What computed the last steps. */
  readonly executor: ExecutorName
  /** Why that one, in words. */
  readonly executorReason: string
  /** Seconds in which the step was recorded and compiled. */
  readonly compileSeconds: number
  /** Of the time in which steps ran: how much the network waited for its next rows, 0 to 1. */
  readonly waitedShare: number
  readonly stoppedEarly: boolean
}

/** Stored beside the slots: Adam corrects its means by the number of steps since they were zero. */
const stepName = 'step'
const stepTensor = (step: number): NamedTensor => ({ name: stepName, shape: [], values: Int32Array.of(step) })

/** The most rows of one forward pass in validation. */
const validationRows = 1024

/**
 * Trains a network of the family on the given rows.
 *
 * With `checkpoints` it resumes where the newest one stands; started with `deterministic`, a resumed training
 * ends with the same bits as one that was never interrupted.
 *
 * A training that diverges is tried once more at a tenth of the learning rate, unless `onDivergence` forbids it: from
 * its last checkpoint; with `deterministic` from the start, since when a checkpoint was made depends on the time.
 *
 * @throws FlywheelError dataset-invalid, training-diverged, time-limit, memory-limit or tensorflow-failed; the signal's reason when it is aborted
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { data, training } = options
  if (data.training.length === 0) throw new FlywheelError('dataset-invalid', 'There is no row to train on')
  const demand = memoryDemand({
    heldBytes: process.memoryUsage.rss(),
    featureBytes: data.features.byteLength + (data.teaching?.answers.byteLength ?? 0),
    network: options.family.plan(options.shapes, options.hyperparameters as never),
    training,
  })
  options.expectMemory?.(demand)
  const warnings = createWarnings((warning) => options.onWarning?.(warning))
  const once: TrainOptions = { ...options, onWarning: warnings.warn }
  try {
    return await attempt(once, { warnings, divergence: null })
  } catch (error) {
    if (isOutOfMemory(error)) throw outOfMemory(error)
    const divergence = training.onDivergence === 'retry' ? firstDivergence(error) : null
    if (divergence === null) throw error
    return await attempt(once, { warnings, divergence }).catch((again: unknown) => {
      throw isOutOfMemory(again) ? outOfMemory(again) : again
    })
  }

  function outOfMemory(cause: unknown): FlywheelError {
    const { memoryLimitBytes: limitBytes = totalmem() } = options
    return memoryLimitError(demand, { limitBytes, cause, what: (cause as Error).message })
  }
}

interface Attempt {
  readonly warnings: Warnings
  /** Of the attempt before. */
  readonly divergence: Divergence | null
}

async function attempt(options: TrainOptions, { warnings, divergence }: Attempt): Promise<Trained> {
  const { tf, family, shapes, training } = options
  const clock = stepClock(tf)
  const model = family.build({
    tf,
    shapes,
    hyperparameters: options.hyperparameters as never,
    seed: training.seed,
    step: clock.read,
  })
  try {
    const isAnew = divergence !== null && training.deterministic
    const saved = isAnew ? null : await savedTraining(options.checkpoints, fingerprintOf(options))
    for (const warning of saved?.meta.warnings ?? []) warnings.warn(warning)
    const runner = createRunner(options, { model, clock, chosen: chosenBefore(options, saved) })
    try {
      return await loop(options, { runner, saved, warnings, divergence })
    } finally {
      runner.dispose()
    }
  } finally {
    model.dispose()
    clock.dispose()
  }
}

/** What the interrupted training used, else what was asked for. */
function chosenBefore({ executor }: TrainOptions, saved: SavedTraining | null): ChosenExecutor | null {
  const name = saved?.meta.executor ?? executor
  if (name === undefined) return null
  return { name, reason: saved?.meta.executorReason ?? 'it was chosen before' }
}

async function loop(
  options: TrainOptions,
  { runner, saved, warnings, divergence }: Attempt & { runner: StepRunner; saved: SavedTraining | null },
): Promise<Trained> {
  const { data, training, checkpoints, signal } = options
  const { epochs, seed } = training
  const rowsPerStep = training.batchSize * training.gradientAccumulationSteps
  const stepsPerEpoch = Math.ceil(data.training.length / rowsPerStep)
  const scheduled = learningRateAt({
    learningRate: training.optimizer.learningRate as number,
    schedule: training.schedule,
    epochs,
    stepsPerEpoch,
  })
  const fingerprint = fingerprintOf(options)
  const stopping = training.earlyStopping && earlyStopping(training.earlyStopping)
  const writer = checkpoints
    ? checkpoint({
        checkpoints,
        fingerprint,
        stopping,
        warnings: warnings.told,
        timing: options.checkpointTiming,
      })
    : null
  const callbacks: Callback[] = [
    timeLimit(training.timeLimitSeconds),
    ...(options.onProgress ? [progress(options.onProgress)] : []),
    ...(stopping ? [stopping] : []),
    ...(writer ? [writer] : []),
  ]

  const { initial } = options
  const slotsBefore = initial?.optimizer ? unpackTensors(initial.optimizer) : []
  if (initial) runner.write({ weights: unpackTensors(initial.weights), slots: slotsBefore })
  const stepsBefore = slotsBefore.find(({ name }) => name === stepName)?.values[0] ?? 0
  const resumed = saved && resume(saved, { runner, stopping })
  if (resumed) options.onLog?.(`Resumed at step ${resumed.step}, epoch ${resumed.epoch + 1}`)
  const state = resumed ?? newState(runner.metrics.length)
  if (divergence) Object.assign(state, { retried: divergence, elapsedSeconds: divergence.afterSeconds })
  if (state.retried) options.onWarning?.(retriedWarning(state.retried))
  const learningRate = (step: number) => scheduled(step) * (state.retried ? retryFactor : 1)
  const view: TrainingView = { state, runner, stepsPerEpoch, epochs }
  const pace = createPace(runner)
  const wait = waitMeter(runner)

  // Twice: the store keeps two checkpoints, and none of the attempt before may be found.
  if (divergence) for (const _ of [1, 2]) await writer?.save(view)

  async function interruption(): Promise<void> {
    if (!signal?.aborted) return
    if (signal.reason === 'shutdown') await writer?.save(view)
    signal.throwIfAborted()
  }

  while (state.epoch < epochs && !state.stopped) {
    wait.start()
    const order = epochOrder(data.training, { seed, epoch: state.epoch })
    const batchesFrom = (from: number) =>
      batchesOf(order, { from, count: pace.steps, batchSize: rowsPerStep })
    let batches = batchesFrom(state.batch)
    while (state.batch < stepsPerEpoch) {
      await interruption()
      const started = performance.now()
      const learningRates = batches.map((_, i) => learningRate(state.step + i))
      const request = { batches, firstStep: stepsBefore + state.step, learningRates }
      const running = runner.run(request)
      const next = batchesFrom(state.batch + batches.length)
      const preparing = performance.now()
      runner.prepare?.(next)
      const preparedMs = performance.now() - preparing
      account(state, await running, request)
      wait.called({ steps: batches.length, preparedMs })
      pace.took(batches.length, performance.now() - started)
      state.elapsedSeconds += (performance.now() - started) / 1000
      for (const callback of callbacks) await callback.stepsDone?.(view)
      batches = next
      await nextTurn() // cancellation and other messages get through
    }
    wait.stop()
    const validation = await validate(options, { runner, state, learningRate, interruption })
    const metrics: EpochMetrics = { epoch: state.epoch + 1, ...means(state, runner.metrics), ...validation }
    state.history.push(metrics)
    state.epoch++
    state.batch = 0
    state.sums = emptySums(runner.metrics.length)
    options.onEpoch?.(metrics)
    for (const callback of callbacks) await callback.epochDone?.(view, metrics)
  }

  const { weights, slots } = runner.read()
  const kept = stopping?.bestWeights ?? weights
  if (!kept.every(({ values }) => values.every(Number.isFinite))) {
    throw diverged(state, { what: 'weights', value: Number.NaN, learningRate: learningRate(state.step - 1) })
  }
  return {
    weights: packTensors(kept),
    optimizer: packTensors([...slots, stepTensor(stepsBefore + state.step)]),
    history: state.history,
    // What early stopping has kept may be an earlier one: it counts what falls by less than minDelta as no better.
    bestEpoch: kept === weights ? bestEpoch(state.history) : (stopping?.best?.epoch ?? null),
    bestWeightsRestored: kept !== weights,
    stepsRun: state.step,
    executor: runner.executor,
    executorReason: runner.executorReason,
    compileSeconds: runner.compileSeconds,
    waitedShare: wait.share,
    stoppedEarly: state.stopped === 'early-stopping',
  }
}

/** Loss and metrics of the validation rows, with names as in Keras; nothing without such rows. */
async function validate(
  { data, family, shapes, hyperparameters }: TrainOptions,
  run: {
    runner: StepRunner
    state: TrainingState
    learningRate: (step: number) => number
    interruption: () => Promise<void>
  },
): Promise<Record<string, number>> {
  const { runner, state, interruption } = run
  const rows = data.validation
  if (rows.length === 0) return {}
  const started = performance.now()
  let loss = 0
  const sums = runner.metrics.map(() => 0)
  const { activationBytesPerRow } = family.plan(shapes, hyperparameters as never)
  const atOnce = Math.min(validationRows, forwardRows(activationBytesPerRow))
  for (let from = 0; from < rows.length; from += atOnce) {
    const part = await runner.evaluate(rows.subarray(from, from + atOnce))
    loss += part.lossSum
    part.metricSums.forEach((sum, i) => {
      sums[i] = (sums[i] as number) + sum
    })
    await nextTurn()
    await interruption()
  }
  state.elapsedSeconds += (performance.now() - started) / 1000
  const mean = loss / rows.length + runner.penalty()
  if (!Number.isFinite(mean)) {
    throw diverged(state, {
      what: 'validation loss',
      value: mean,
      learningRate: run.learningRate(state.step - 1),
    })
  }
  const metrics = runner.metrics.map((name, i) => [`val_${name}`, (sums[i] as number) / rows.length])
  return Object.fromEntries([['val_loss', mean], ...metrics])
}

function bestEpoch(history: readonly EpochMetrics[]): number | null {
  let best: EpochMetrics | null = null
  for (const metrics of history) {
    if (metrics.val_loss !== undefined && metrics.val_loss < (best?.val_loss ?? Infinity)) best = metrics
  }
  return best?.epoch ?? null
}

/** Of everything that the steps follow from, but for the contents of the rows. */
function fingerprintOf(options: TrainOptions): string {
  const { family, hyperparameters, shapes, head, training, data, pruning } = options
  const { timeLimitSeconds: _, ...steps } = training
  const rows = [data.targets.length, data.training.length, data.validation.length]
  const { teaching } = data
  const others = [
    ...(teaching ? [{ temperature: teaching.temperature, alpha: teaching.alpha }] : []),
    ...(pruning ? [pruning] : []),
  ]
  const text = JSON.stringify([family.name, hyperparameters, shapes, head, steps, rows, ...others])
  return createHash('sha256').update(text).digest('hex')
}
