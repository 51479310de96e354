import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { float32, operationsOf, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'SparseSoftmaxCrossEntropyWithLogits'

/**
 * The loss and its gradient in one stable operation; tfjs clips probabilities at 1e-7 and differentiates the clip.
 *
 * @param options.composed out of plain operations: TensorFlow refuses its own on a GPU where determinism is asked for
 */
export function registerSoftmaxCrossEntropy(tf: TensorFlow, { composed }: { composed: boolean }): void {
  const operations = operationsOf(tf)
  const attributes = [float32, typeAttribute('Tlabels', DataType.INT32)]
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => {
      const { logits, labels } = inputs as { logits: Tensor; labels: Tensor }
      return composed
        ? composedCrossEntropy(tf, { logits, labels })
        : operations.many(kernelName, attributes, [logits, labels], 2)
    },
  })
  tf.registerGradient({
    kernelName,
    outputsToSave: [false, true],
    gradFunc: (dy, [gradient]) => {
      const [dLosses] = dy as Tensor[] // [rows]; nothing flows back through the second output
      return { logits: () => tf.mul(gradient as Tensor, (dLosses as Tensor).reshape([-1, 1])) }
    },
  })
}

/** Losses [rows] and their gradients by the logits [rows, classes], as the operation gives them. */
export function composedCrossEntropy(
  tf: TensorFlow,
  { logits, labels }: { logits: Tensor; labels: Tensor },
): [Tensor, Tensor] {
  return tf.tidy(() => {
    const wanted = tf.oneHot(labels, logits.shape[1] as number).cast('float32')
    const losses = tf.logSoftmax(logits).mul(wanted).sum(-1).neg()
    return [losses, tf.softmax(logits).sub(wanted)]
  })
}

/**
 * Cross-entropy of softmax(logits) against class indices, per row.
 *
 * @param logits [rows, classes] float32
 * @param labels [rows] int32
 * @returns [rows]
 */
export function softmaxCrossEntropy(
  tf: TensorFlow,
  { logits, labels }: { logits: Tensor; labels: Tensor },
): Tensor {
  return tf.tidy(
    () => (tf.engine().runKernel(kernelName, { logits, labels }) as unknown as [Tensor, Tensor])[0],
  )
}
