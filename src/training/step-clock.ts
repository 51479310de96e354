import type { Scalar } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'

export type StepClock = ReturnType<typeof stepClock>

/** The training step as a tensor that random layers read; there is none before it is first set. */
export function stepClock(tf: TensorFlow) {
  let current: Scalar | undefined
  return {
    read: () => current as Scalar,
    set(step: number) {
      current?.dispose()
      current = tf.keep(tf.scalar(step, 'int32'))
    },
    dispose: () => current?.dispose(),
  }
}
