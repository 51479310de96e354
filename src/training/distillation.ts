import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../contracts/errors.js'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'

/** What a teacher answers to the rows of a training, and how much a student heeds it. */
export interface Teaching {
  /** [rows, units], row-major: the teacher's probabilities, or its values in the network's scale. Only rows that are learnt from need one. */
  readonly answers: Float32Array
  /** [rows]: 1 where the row's target is known, 0 where the teacher alone says what it is. */
  readonly labelled: Uint8Array
  /** Above 0: logits of teacher and student are divided by it; regressions have none. */
  readonly temperature: number
  /** 0 to 1: what the teacher counts; known targets count the rest. */
  readonly alpha: number
}

/** What the steps are fed of a teaching. */
export interface SoftTargets {
  /** [rows, width], row-major */
  readonly values: Float32Array
  readonly width: number
  readonly temperature: number
}

/** Numbers of a row before the teacher's answer: what the loss against the label counts, and one that depends on the head. */
const BEFORE = 2

/**
 * The targets of α·T²·KL(teacher ‖ student) + (1 − α)·(loss against the label), where both distributions are softened
 * by the temperature T (Hinton, Vinyals, Dean 2015, section 2: T² keeps the gradients as large as without it). Rows
 * without a label have the first part alone. Regressions take squared errors in place of the divergence.
 *
 * @param head.units how many numbers the teacher answers to a row
 */
export function softTargets(
  { answers, labelled, temperature, alpha }: Teaching,
  { units, activation }: Pick<Head, 'units' | 'activation'>,
): SoftTargets {
  const width = BEFORE + units
  const values = new Float32Array(labelled.length * width)
  const rowOf = activation === 'softmax' ? distributionRow : valueRow
  for (const [row, isLabelled] of labelled.entries()) {
    const answer = answers.subarray(row * units, (row + 1) * units)
    values[row * width] = isLabelled ? 1 - alpha : 0
    values.set(rowOf(answer, { temperature, alpha }), row * width + 1)
  }
  return { values, width, temperature }
}

/** @returns α·T²·Σ p·log p, then α·T²·p of the softened distribution p */
function distributionRow(
  probabilities: Float32Array,
  { temperature, alpha }: { temperature: number; alpha: number },
): number[] {
  // Logits need not be known: softmax(logits / T) is p^(1/T), brought to a sum of 1.
  const powers = Array.from(probabilities, (each) => each ** (1 / temperature))
  const sum = powers.reduce((total, each) => total + each, 0)
  const softened = powers.map((each) => each / sum)
  const weight = alpha * temperature ** 2
  const negativeEntropy = softened.reduce((total, each) => total + (each > 0 ? each * Math.log(each) : 0), 0)
  return [weight * negativeEntropy, ...softened.map((each) => weight * each)]
}

/** @returns α, then the teacher's value */
const valueRow = (value: Float32Array, { alpha }: { alpha: number }): number[] => [alpha, value[0] as number]

/**
 * Losses [rows] against labels and teacher, on the gradient tape.
 *
 * @param options.outputs [rows, units]: the student's
 * @param options.own [rows]: the losses against the labels
 * @param options.soft [rows, width] of `SoftTargets`
 */
export function distilledLosses(
  tf: TensorFlow,
  options: {
    readonly head: Pick<Head, 'units' | 'activation'>
    readonly temperature: number
    readonly outputs: Tensor
    readonly own: Tensor
    readonly soft: Tensor
  },
): Tensor {
  const { head, temperature, outputs, own, soft } = options
  const rows = soft.shape[0] as number
  const column = (index: number) => tf.slice(soft, [0, index], [rows, 1]).reshape([-1])
  const answers = tf.slice(soft, [0, BEFORE], [rows, head.units])
  const labelled = own.mul(column(0))
  if (head.activation === 'linear') {
    return labelled.add(tf.squaredDifference(outputs, answers).reshape([-1]).mul(column(1)))
  }
  const logarithms = tf.logSoftmax(tf.div(outputs, temperature))
  return labelled.add(column(1).sub(tf.sum(answers.mul(logarithms), -1)))
}

/** @throws FlywheelError dataset-invalid when the teacher has no finite answer to a row that is learnt from */
export function checkAnswers(
  { answers }: Teaching,
  { units, training }: { units: number; training: Int32Array },
): void {
  const row = training.find(
    (each) => !answers.subarray(each * units, (each + 1) * units).every(Number.isFinite),
  )
  if (row === undefined) return
  throw new FlywheelError('dataset-invalid', `The teacher has no finite answer to row ${row}`)
}
