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
 * Dense layers multiply matrices, of the rows at all places where the input is a series: tfjs's fused product works on
 * batches of one, and its reshapes there and back cost as much as the product of a small layer.
 */
export function overrideDenseCall(tf: TensorFlow): void {
  const prototype = Object.getPrototypeOf(tf.layers.dense({ units: 1 })) as Dense
  const original = prototype.call
  prototype.call = function (this: Dense, inputs, kwargs) {
    const x = [inputs].flat()[0] as Tensor
    const { shape } = x
    if (shape.length < 2) return original.call(this, inputs, kwargs)
    return tf.tidy(() => {
      const rows = shape.length === 2 ? x : x.reshape([-1, shape.at(-1) as number])
      const kernel = this.kernel.read()
      const product = tf.matMul(rows, kernel)
      const sum = this.bias ? tf.add(product, this.bias.read()) : product
      const y = shape.length === 2 ? sum : sum.reshape([...shape.slice(0, -1), kernel.shape[1] as number])
      // over the last axis, as softmax is, or each element alone
      return this.activation ? this.activation.apply(y) : y
    })
  }
}
