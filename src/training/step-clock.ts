import type { Scalar } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'

export type StepClock = ReturnType<typeof stepClock>

/** The training step as a tensor that random layers read. */
export function stepClock(tf: TensorFlow) {
  let current: Scalar = tf.scalar(0, 'int32')
  return {
    read: () => current,
    set(step: number) {
      current.dispose()
      current = tf.keep(tf.scalar(step, 'int32'))
    },
    dispose: () => current.dispose(),
  }
}
