import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../contracts/errors.js'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { softmaxCrossEntropy } from '../tensorflow/kernels/softmax-cross-entropy.js'
import { float32, type Operations, typeAttribute } from '../tensorflow/operations.js'

/** What a head's loss needs on TensorFlow's side and what is counted on ours. Metrics are named as in Keras. */
export interface Objective {
  readonly metrics: readonly string[]
  /** Targets [rows] as the tensor that `losses` takes. @throws FlywheelError when one is no target of this head */
  targets(tf: TensorFlow, values: Float64Array): Tensor
  /** [rows], on the gradient tape. `outputs` [rows, units] are the model's. */
  losses(tf: TensorFlow, outputs: Tensor, targets: Tensor): Tensor
  /** What is read back of the outputs, [rows]: the likeliest class, or the value. */
  answers(operations: Operations, outputs: Tensor, axis: Tensor): Tensor
  /** The sums of the metrics over rows, each a scalar. `answers` and `targets` are [rows]. */
  sums(tf: TensorFlow, answers: Tensor, targets: Tensor): readonly Tensor[]
  /** Adds one row to the sums of the metrics. */
  count(sums: Float64Array, answer: number, target: number): void
}

const categoricalCrossentropy = (units: number): Objective => ({
  metrics: ['accuracy'],
  targets(tf, values) {
    const classes = Int32Array.from(values)
    const wrong = values.findIndex((value, i) => value !== classes[i] || value < 0 || value >= units)
    if (wrong >= 0) {
      throw new FlywheelError('dataset-invalid', `Row ${wrong} has the target ${values[wrong]}, not a class`)
    }
    return tf.tensor1d(classes, 'int32')
  },
  losses: (tf, logits, labels) => softmaxCrossEntropy(tf, { logits, labels }),
  answers(operations, outputs, axis) {
    const attributes = [
      float32,
      typeAttribute('Tidx', DataType.INT32),
      typeAttribute('output_type', DataType.INT32),
    ]
    return operations.one('ArgMax', attributes, [outputs, axis])
  },
  sums: (tf, answers, targets) => [tf.equal(answers, targets).cast('float32').sum()],
  count(sums, answer, target) {
    if (answer === target) sums[0] = (sums[0] as number) + 1
  },
})

const meanSquaredError: Objective = {
  metrics: ['mse', 'mae'],
  targets(tf, values) {
    const wrong = values.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) {
      throw new FlywheelError('dataset-invalid', `Row ${wrong} has no finite target`)
    }
    return tf.tensor1d(Float32Array.from(values))
  },
  losses: (tf, outputs, targets) => tf.squaredDifference(outputs.reshape([-1]), targets),
  answers: (_, outputs) => outputs.clone(),
  sums(tf, answers, targets) {
    const errors = tf.sub(answers.reshape([-1]), targets)
    return [errors.square().sum(), errors.abs().sum()]
  },
  count(sums, answer, target) {
    const error = answer - target
    sums[0] = (sums[0] as number) + error * error
    sums[1] = (sums[1] as number) + Math.abs(error)
  },
}

export function objectiveOf(head: Head): Objective {
  return head.loss === 'categorical-crossentropy' ? categoricalCrossentropy(head.units) : meanSquaredError
}

/** The sums of the metrics over the rows of batches. */
export function countMetrics(
  objective: Objective,
  {
    batches,
    answers,
    targets,
  }: {
    readonly batches: readonly Int32Array[]
    /** Of the batches' rows, one after the other. */
    readonly answers: ArrayLike<number>
    /** Of all rows. */
    readonly targets: Float64Array
  },
): Float64Array {
  const sums = new Float64Array(objective.metrics.length)
  let at = 0
  for (const batch of batches) {
    for (const row of batch) objective.count(sums, answers[at++] as number, targets[row] as number)
  }
  return sums
}
