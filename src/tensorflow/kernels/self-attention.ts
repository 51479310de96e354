import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { boolAttribute, float32, operationsOf, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'SelfAttention'

interface Size {
  readonly batch: number
  readonly length: number
  readonly heads: number
  /** Of one head. */
  readonly width: number
}

/** What the gradient needs: queries, keys, values, weights, results, and with a mask: what it left, and it. */
type Saved = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?]

/**
 * Registers scaled dot-product attention of all heads with a gradient of its own. The gradient of the softmax takes
 * no sum over [length, length]: sum(dP · P) is sum(dO · O) (Dao et al. 2022, B.2).
 */
export function registerSelfAttention(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const binary = (name: string) => (a: Tensor, b: Tensor) => operations.one(name, [float32], [a, b])
  const [subtract, multiply] = [binary('Sub'), binary('Mul')]
  const product = (a: Tensor, b: Tensor, { adjointA = false, adjointB = false } = {}): Tensor =>
    operations.one(
      'BatchMatMulV2',
      [float32, boolAttribute('adj_x', adjointA), boolAttribute('adj_y', adjointB)],
      [a, b],
    )
  const sumAttributes = [boolAttribute('keep_dims', true), float32, typeAttribute('Tidx', DataType.INT32)]
  const sumOfRows = (x: Tensor): Tensor => operations.one('Sum', sumAttributes, [x, tf.scalar(3, 'int32')])

  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { qkv, mask } = inputs as { qkv: Tensor; mask?: Tensor }
      const { batch, length, heads, width } = attrs as unknown as Size
      return tf.tidy(() => {
        const parts = qkv.reshape([batch, length, 3, heads, width]).transpose([2, 0, 3, 1, 4])
        const [q, k, v] = parts.unstack(0) as [Tensor, Tensor, Tensor] // [batch, heads, length, width] each
        const p = operations.one('Softmax', [float32], [product(q, k, { adjointB: true })]) // [batch, heads, length, length]
        const dropped = mask ? multiply(p, mask) : p
        const o = product(dropped, v)
        const y = o.transpose([0, 2, 1, 3]).reshape([batch * length, heads * width])
        return [y, q, k, v, p, o, ...(mask ? [dropped, mask.clone()] : [])]
      })
    },
  })
  tf.registerGradient({
    kernelName,
    outputsToSave: [false, true, true, true, true, true, true, true],
    gradFunc: (dys, saved, attrs) => ({
      qkv: () => {
        const { batch, length, heads, width } = attrs as unknown as Size
        const [q, k, v, p, o, dropped = p, mask] = saved as Saved
        const [dy] = dys as [Tensor] // nothing flows back through the other outputs
        const dO = dy.reshape([batch, length, heads, width]).transpose([0, 2, 1, 3])
        const dDropped = product(dO, v, { adjointB: true })
        const dP = mask ? multiply(dDropped, mask) : dDropped
        const dScores = multiply(p, subtract(dP, sumOfRows(multiply(dO, o))))
        const dQ = product(dScores, k)
        const dK = product(dScores, q, { adjointA: true })
        const dV = product(dropped, dO, { adjointA: true })
        const parts = tf.stack([dQ, dK, dV]).transpose([1, 3, 0, 2, 4])
        return parts.reshape([batch * length, 3 * heads * width])
      },
    }),
  })
}

/**
 * Multi-head scaled dot-product attention of a series to itself (Vaswani et al. 2017, 3.2): softmax(q kᵀ) v,
 * whose queries come divided by √width: that costs less on the weights that make them.
 *
 * @param qkv [batch · length, 3 · heads · width]: queries, keys and values of all heads
 * @param mask multiplies the weights after the softmax, [batch, heads, length, length]: dropout
 * @returns [batch · length, heads · width]
 */
export function selfAttention(
  tf: TensorFlow,
  { qkv, mask, ...size }: { qkv: Tensor; mask?: Tensor } & Size,
): Tensor {
  return tf.tidy(() => {
    const inputs = mask ? { qkv, mask } : { qkv }
    const outputs = tf.engine().runKernel(kernelName, inputs, { ...size })
    return (outputs as unknown as Tensor[])[0] as Tensor
  })
}
