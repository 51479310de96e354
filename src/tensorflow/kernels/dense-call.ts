import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'

/** What is used of tfjs-layers' Dense; its types keep it private. */
interface Dense extends layers.Layer {
  readonly kernel: { read(): Tensor }
  readonly bias: { read(): Tensor } | null
  readonly activation: { apply(x: Tensor): Tensor } | null
  call(inputs: Tensor | Tensor[], kwargs: object): Tensor
}

/**
 * Dense layers on matrices multiply matrices: tfjs's fused product works on batches of one, and its reshapes
 * there and back cost as much as the product of a small layer.
 */
export function overrideDenseCall(tf: TensorFlow): void {
  const prototype = Object.getPrototypeOf(tf.layers.dense({ units: 1 })) as Dense
  const original = prototype.call
  prototype.call = function (this: Dense, inputs, kwargs) {
    const x = [inputs].flat()[0] as Tensor
    if (x.shape.length !== 2) return original.call(this, inputs, kwargs)
    return tf.tidy(() => {
      const product = tf.matMul(x, this.kernel.read())
      const sum = this.bias ? tf.add(product, this.bias.read()) : product
      return this.activation ? this.activation.apply(sum) : sum
    })
  }
}
