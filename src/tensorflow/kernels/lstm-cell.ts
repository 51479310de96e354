import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { activationGradients, type Cell } from './over-steps.js'

type Two = [Tensor, Tensor]
type Six = [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]

/**
 * A step of an LSTM (Hochreiter and Schmidhuber 1997, with forget gates) out of plain operations. Its `x` is the input times its weights plus the bias, [rows, 4 · units]; gates stand as in Keras.
 */
export function lstmCell(tf: TensorFlow, units: number): Cell {
  const gradient = activationGradients(tf)
  return {
    states: 2,
    forward({ x, before, weights }) {
      const [h, cell] = before as Two
      const sums = tf.add(x, tf.matMul(h, weights[0] as Tensor))
      const [ifSum, candidateSum, oSum] = tf.split(sums, [2 * units, units, units], 1) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const [i, f] = tf.split(tf.sigmoid(ifSum), 2, 1) as Two
      const [candidate, o] = [tf.tanh(candidateSum), tf.sigmoid(oSum)]
      const next = tf.add(tf.mul(f, cell), tf.mul(i, candidate))
      const activated = tf.tanh(next)
      const kept = [i, f, candidate, o, cell, activated]
      return { after: [tf.mul(o, activated), next], operands: [h], kept }
    },
    backward({ kept, by, weights }) {
      const [i, f, candidate, o, cell, activated] = kept as Six
      const [byH, byNext] = by as Two
      const byCell = tf.add(byNext, gradient.tanh(activated, tf.mul(byH, o)))
      const sums = tf.concat(
        [
          gradient.sigmoid(i, tf.mul(byCell, candidate)),
          gradient.sigmoid(f, tf.mul(byCell, cell)),
          gradient.tanh(candidate, tf.mul(byCell, i)),
          gradient.sigmoid(o, tf.mul(byH, activated)),
        ],
        1,
      )
      const before = [tf.matMul(sums, weights[0] as Tensor, false, true), tf.mul(byCell, f)]
      return { x: sums, products: [sums], before }
    },
  }
}
