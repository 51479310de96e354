import type { TensorFlow } from '../../contracts/family.js'
import { nativeOf } from '../native.js'
import type { Fed } from './session.js'

/** TensorFlow's own memory that is written here and fed to calls as it is, again and again: nothing is copied. */
export interface FeedBlock<Values> extends Fed {
  /** Row-major. Not to be written while a call that it is fed to runs, nor used once the block is disposed of. */
  readonly values: Values
  dispose(): void
}

export type ReserveBlock = <Values>(dtype: number, shape: readonly number[]) => FeedBlock<Values>

/** @throws FlywheelError memory-limit when there is no memory for it */
export const reserveBlocks =
  (tf: TensorFlow): ReserveBlock =>
  <Values>(dtype: number, shape: readonly number[]) => {
    const { tensors } = nativeOf(tf)
    const { tensor, values } = tensors.reserve(dtype, shape)
    return { dtype, shape, tensor, values: values as Values, dispose: () => tensors.delete(tensor) }
  }
