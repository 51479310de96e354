import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { activationGradients, type Cell } from './over-steps.js'

type Two = [Tensor, Tensor]
type Four = [Tensor, Tensor, Tensor, Tensor]

/**
 * A step of a GRU that applies the reset gate after the product (Keras's `reset_after`, cuDNN's form). Its `x` is the
 * input times its weights plus the bias, [rows, 3 · units] in the order update, reset, candidate; its weights are
 * [units, 3 · units] and their bias [3 · units].
 */
export function resetAfterCell(tf: TensorFlow, units: number): Cell {
  const gradient = activationGradients(tf)
  return {
    states: 1,
    forward({ x, before, weights }) {
      const [h] = before as [Tensor]
      const [recurrent, bias] = weights as Two
      const [gateX, candidateX] = tf.split(x, [2 * units, units], 1) as Two
      const product = tf.add(tf.matMul(h, recurrent), bias)
      const [gateProduct, candidateProduct] = tf.split(product, [2 * units, units], 1) as Two
      const [z, r] = tf.split(tf.sigmoid(tf.add(gateX, gateProduct)), 2, 1) as Two
      const candidate = tf.tanh(tf.add(candidateX, tf.mul(r, candidateProduct)))
      const change = tf.sub(h, candidate)
      const after = [tf.add(candidate, tf.mul(z, change))]
      return { after, operands: [h], kept: [z, r, candidate, change, candidateProduct] }
    },
    backward({ kept, by, weights }) {
      const [z, r, candidate, change, candidateProduct] = kept as [...Four, Tensor]
      const [byH] = by as [Tensor]
      const carried = tf.mul(byH, z)
      const bySum = gradient.tanh(candidate, tf.sub(byH, carried))
      const byGates = [
        gradient.sigmoid(z, tf.mul(byH, change)),
        gradient.sigmoid(r, tf.mul(bySum, candidateProduct)),
      ]
      const product = tf.concat([...byGates, tf.mul(bySum, r)], 1)
      const before = [tf.add(carried, tf.matMul(product, weights[0] as Tensor, false, true))]
      return { x: tf.concat([...byGates, bySum], 1), products: [product], before }
    },
  }
}

/**
 * A step of a GRU as first published (Cho et al. 2014), which applies the reset gate before the product; tfjs's form.
 * `x` as above; its weights are those of the gates [units, 2 · units] and of the candidate [units, units].
 */
export function resetBeforeCell(tf: TensorFlow, units: number): Cell {
  const gradient = activationGradients(tf)
  return {
    states: 1,
    forward({ x, before, weights }) {
      const [h] = before as [Tensor]
      const [ofGates, ofCandidate] = weights as Two
      const [gateX, candidateX] = tf.split(x, [2 * units, units], 1) as Two
      const [z, r] = tf.split(tf.sigmoid(tf.add(gateX, tf.matMul(h, ofGates))), 2, 1) as Two
      const reset = tf.mul(r, h)
      const candidate = tf.tanh(tf.add(candidateX, tf.matMul(reset, ofCandidate)))
      const change = tf.sub(h, candidate)
      const after = [tf.add(candidate, tf.mul(z, change))]
      return { after, operands: [h, reset], kept: [z, r, candidate, change, h] }
    },
    backward({ kept, by, weights }) {
      const [z, r, candidate, change, h] = kept as [...Four, Tensor]
      const [ofGates, ofCandidate] = weights as Two
      const [byH] = by as [Tensor]
      const carried = tf.mul(byH, z)
      const bySum = gradient.tanh(candidate, tf.sub(byH, carried))
      const byReset = tf.matMul(bySum, ofCandidate, false, true)
      const byZ = gradient.sigmoid(z, tf.mul(byH, change))
      const byGates = tf.concat([byZ, gradient.sigmoid(r, tf.mul(byReset, h))], 1)
      const before = [tf.addN([carried, tf.mul(byReset, r), tf.matMul(byGates, ofGates, false, true)])]
      return { x: tf.concat([byGates, bySum], 1), products: [byGates, bySum], before }
    },
  }
}
