import type { Tensor } from '@tensorflow/tfjs'
import type { Input, RowKind, TensorFlow } from '../../contracts/family.js'
import type { Chosen, Named } from '../choice.js'

/** What an augmentation may learn before the first step. */
export interface TrainingRows {
  /** [all rows, ...shape] */
  readonly features: Float32Array
  /** Numbers of the rows that are learnt from. */
  readonly training: Int32Array
  /** Of one row. */
  readonly shape: readonly number[]
  readonly kind: RowKind
}

/** Random numbers of one step: others at each call and at each step, the same for the same job. */
export interface Random {
  /** In [0, 1]. */
  uniform(shape: readonly number[]): Tensor
  /** Of mean 0 and deviation 1. */
  normal(shape: readonly number[]): Tensor
}

/** Changes the rows of one step: [batch, ...shape] → the same shape. Runs inside a tidy, and is recorded with the step. */
export type Augment = (x: Tensor, context: AugmentContext) => Tensor

export interface AugmentContext {
  readonly tf: TensorFlow
  readonly random: Random
  /**
   * Says that each row is now mixed with the one before it in the batch, and so are their losses.
   *
   * @param share [batch]: what is left of the row itself
   */
  mix(share: Tensor): void
}

/** The rows of a batch, each in the place of the one behind it; the last one stands first. */
export function rowBefore(tf: TensorFlow, rows: Tensor): Tensor {
  const batch = rows.shape[0] as number
  if (batch === 1) return rows
  const rest = rows.shape.slice(1)
  const none = rest.map(() => 0)
  const last = tf.slice(rows, [batch - 1, ...none], [1, ...rest])
  return tf.concat([last, tf.slice(rows, [0, ...none], [batch - 1, ...rest])], 0)
}

/** The rows of a step after all changes. */
export interface Augmented {
  readonly x: Tensor
  /** [batch]: what is left of each row itself where rows were mixed; null where they were not. */
  readonly share: Tensor | null
}

/**
 * A change of the rows that a network learns from, other at each step, so that it sees no row twice. Rows that are
 * validated, tested or served are never changed.
 */
export interface Augmentation extends Named {
  /** The kinds of network inputs that it is for. */
  readonly rows: readonly RowKind[]
  prepare(options: Chosen, rows: TrainingRows): Augment
}

/** What the elements of a network's input are. */
export function kindOf({ shape, tokens }: Pick<Input, 'shape' | 'tokens'>): RowKind {
  if (tokens !== undefined) return shape.length === 1 ? 'tokens' : 'bag'
  return shape.length === 1 ? 'vector' : shape.length === 2 ? 'series' : 'image'
}
