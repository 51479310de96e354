import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'

/** Logits [rows, units] after the head's temperature and activation, before its scale. */
export function activated(tf: TensorFlow, logits: Tensor, { activation, temperature }: Head): Tensor {
  if (activation === 'linear') return logits
  return tf.softmax(temperature === undefined ? logits : logits.div(tf.scalar(temperature)))
}

/** Logits [rows, units] after the head's temperature, activation and scale: what a version answers. */
export function answered(tf: TensorFlow, logits: Tensor, head: Head): Tensor {
  if (head.activation === 'softmax') return activated(tf, logits, head)
  const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
  return logits.mul(tf.scalar(multiply)).add(tf.scalar(add))
}
