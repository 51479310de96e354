import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'

/** The last step of a series: [batch, length, width] to [batch, width]. */
export function lastStep(tf: TensorFlow, { name }: { readonly name: string }): layers.Layer {
  class LastStep extends tf.layers.Layer {
    static readonly className = 'LastStep'

    override computeOutputShape(inputShape: number[]): number[] {
      const [batch, , width] = inputShape.flat() as [number, number, number]
      return [batch, width]
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = [inputs].flat()[0] as Tensor
      const [batch, length, width] = x.shape as [number, number, number]
      return tf.tidy(() => tf.slice(x, [0, length - 1, 0], [batch, 1, width]).reshape([batch, width]))
    }
  }

  return new LastStep({ name })
}
