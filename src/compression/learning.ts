import type { Family, Input } from '../contracts/family.js'
import type { Teaching } from '../training/distillation.js'
import type { Training } from '../training/options.js'
import type { Pruning } from '../training/pruning/pruning.js'
import { type Trained, train } from '../training/train.js'
import type { TrainingWarning } from '../training/warnings.js'
import type { PackedTensors } from '../training/weights.js'
import type { CompressionSource } from './method.js'

/** A network and the rows that it learns from. */
export interface Lesson {
  readonly family: Family
  readonly hyperparameters: unknown
  readonly input: Input
  readonly training: Training
  readonly data: {
    /** [rows, width], row-major */
    readonly features: Float32Array
    /** [rows]: class indices, or values in the network's scale */
    readonly targets: Float64Array
    readonly training: Int32Array
    readonly validation: Int32Array
    readonly teaching?: Teaching
  }
  readonly initial?: PackedTensors
  readonly pruning?: Pruning
}

/** Trains as a job: with its checkpoints, progress and events. */
export async function learn(
  { input, initial, ...lesson }: Lesson,
  { head, task, parent, tensorflow, context }: CompressionSource,
): Promise<{ trained: Trained; warnings: TrainingWarning[] }> {
  const warnings: TrainingWarning[] = []
  const trained = await train({
    ...lesson,
    tf: await tensorflow(),
    shapes: { inputs: [input], units: head.units },
    head,
    classes: task.classes(parent.task.state),
    ...(initial === undefined ? {} : { initial: { weights: initial } }),
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
  return { trained, warnings }
}

/** The rows that the parent has learnt from, then those that it was validated on, as its network gets them. */
export async function ownRows({ rows, table, targets, features }: CompressionSource) {
  const { training, validation } = rows
  const numbers = new Int32Array(training.length + validation.length)
  numbers.set(training)
  numbers.set(validation, training.length)
  return {
    numbers,
    features: await features(table, numbers),
    targets: Float64Array.from(numbers, (row) => targets[row] as number),
    training: Int32Array.from(training, (_, at) => at),
    validation: Int32Array.from(validation, (_, at) => training.length + at),
  }
}
