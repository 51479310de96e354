import type { layers, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { blockLstm, hasBlockLstm } from '../../tensorflow/kernels/block-lstm.js'
import { lstmCell } from '../../tensorflow/kernels/lstm-cell.js'
import { overSteps } from '../../tensorflow/kernels/over-steps.js'
import { inRowShards } from '../../tensorflow/kernels/row-shards.js'
import { withInnerElements } from './inner-elements.js'
import { orthogonal } from './orthogonal.js'
import { projected } from './projected.js'

export interface LstmOptions {
  readonly name?: string
  readonly units: number
  /** The outputs of all steps, [batch, steps, units]; else of the last one, [batch, units]. */
  readonly returnSequences?: boolean
  /** Seeds the initial weights. */
  readonly seed: number
  /** Out of operations that TensorFlow.js has too; by default where TensorFlow has none of its own for the device. */
  readonly composed?: boolean
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber 1997): [batch, steps, features] to the outputs.
 *
 * It is tfjs's LSTM, with its configuration and weights, in all but how it computes. Defaults are Keras's:
 * sigmoid gates, Glorot-uniform and orthogonal weights, forget gates that begin open.
 */
export function lstm(
  tf: TensorFlow,
  { units, seed, returnSequences = false, composed, ...named }: LstmOptions,
): layers.Layer {
  const layer = tf.layers.lstm({
    ...named,
    units,
    returnSequences,
    recurrentActivation: 'sigmoid',
    unitForgetBias: true,
    kernelInitializer: tf.initializers.glorotUniform({ seed }),
    recurrentInitializer: orthogonal(tf, seed),
  })
  const { build } = layer
  layer.build = (inputShape) => tf.tidy(() => build.call(layer, inputShape)) // it leaves tensors of the forget bias
  layer.call = (inputs, { training = false, composed: asked = composed }: CallOptions) =>
    tf.tidy(() => {
      const x = tf.transpose([inputs].flat()[0] as Tensor, [1, 0, 2]) // [steps, batch, features]
      const [kernel, recurrent, bias] = layer.weights.map((weight) => weight.read()) as Three
      if (asked ?? !hasBlockLstm(tf)) {
        const given = { x: projected(tf, { x, kernel, bias }), weights: [recurrent], units, returnSequences }
        const outputs = overSteps(tf, lstmCell(tf, units), given)
        return returnSequences ? tf.transpose(outputs, [1, 0, 2]) : outputs
      }
      const given = { ...evenFeatures(tf, { x, kernel, recurrent }), bias, returnSequences }
      const run = (x: Tensor): Tensor => blockLstm(tf, { ...given, x })
      const outputs = training
        ? inRowShards(tf, { x: given.x, axis: 1, resultAxis: returnSequences ? 1 : 0 }, run)
        : run(given.x)
      return returnSequences ? tf.transpose(outputs, [1, 0, 2]) : outputs
    })
  return withInnerElements(layer, ([, steps]) => 7 * (steps as number) * units) // gates, cells and outputs
}

interface CallOptions {
  readonly training?: boolean
  /** Of operations that TensorFlow.js has too. */
  readonly composed?: boolean
}

type Three = [Tensor, Tensor, Tensor]

/** TensorFlow copies each step's rows, and warns at each call, where both features and rows are odd: a feature of 0 is added. */
function evenFeatures(
  tf: TensorFlow,
  { x, kernel, recurrent }: { x: Tensor; kernel: Tensor; recurrent: Tensor },
): { x: Tensor; weights: Tensor } {
  const [steps, batch, features] = x.shape as [number, number, number]
  if (features % 2 === 0) return { x, weights: tf.concat([kernel, recurrent]) }
  return {
    x: tf.concat([x, tf.zeros([steps, batch, 1])], 2),
    weights: tf.concat([kernel, tf.zeros([1, kernel.shape[1] as number]), recurrent]),
  }
}
