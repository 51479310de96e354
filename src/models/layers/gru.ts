import type { layers, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { resetAfterCell, resetBeforeCell } from '../../tensorflow/kernels/gru-cell.js'
import { overSteps } from '../../tensorflow/kernels/over-steps.js'
import { withInnerElements } from './inner-elements.js'
import { orthogonal } from './orthogonal.js'
import { projected } from './projected.js'

export interface GruOptions {
  readonly name?: string
  readonly units: number
  /** The outputs of all steps, [batch, steps, units]; else of the last one, [batch, units]. */
  readonly returnSequences?: boolean
  /** Whether the reset gate applies after the product with the weights, as Keras's default, or before it, as tfjs. */
  readonly resetAfter?: boolean
  /** Seeds the initial weights. */
  readonly seed: number
}

/**
 * Gated recurrent units (Cho et al. 2014): [batch, steps, features] to the outputs. Initial weights are Keras's:
 * Glorot-uniform, orthogonal for the last output, and biases of 0.
 */
export function gru(tf: TensorFlow, { resetAfter = true, ...options }: GruOptions): layers.Layer {
  return resetAfter ? resetAfterGru(tf, options) : resetBeforeGru(tf, options)
}

type Options = Omit<GruOptions, 'resetAfter'>

/** tfjs's GRU, with its configuration and weights, in all but how it computes. */
function resetBeforeGru(
  tf: TensorFlow,
  { units, seed, returnSequences = false, ...named }: Options,
): layers.Layer {
  const layer = tf.layers.gru({
    ...named,
    units,
    returnSequences,
    recurrentActivation: 'sigmoid',
    kernelInitializer: tf.initializers.glorotUniform({ seed }),
    recurrentInitializer: orthogonal(tf, seed),
  })
  layer.call = (inputs, { training = false }: { training?: boolean }) =>
    tf.tidy(() => {
      const weights = layer.weights.map((weight) => weight.read())
      const [kernel, recurrent, bias] = weights as [Tensor, Tensor, Tensor]
      const x = stepsFirst(tf, [inputs].flat()[0] as Tensor)
      const outputs = overSteps(tf, resetBeforeCell(tf, units), {
        x: projected(tf, { x, kernel, bias }),
        weights: tf.split(recurrent, [2 * units, units], 1),
        units,
        returnSequences,
        inShards: training,
      })
      return returnSequences ? stepsFirst(tf, outputs) : outputs
    })
  return withInnerElements(layer, ([, steps]) => 7 * (steps as number) * units)
}

/** Keras's default GRU; its two biases, of the input's and of the last output's product, are one weight [2, 3 · units]. */
function resetAfterGru(
  tf: TensorFlow,
  { units, seed, returnSequences = false, ...named }: Options,
): layers.Layer {
  type Weight = layers.Layer['weights'][number]

  class ResetAfterGRU extends tf.layers.Layer {
    static readonly className = 'ResetAfterGRU'
    #weights: readonly Weight[] = []

    override build(inputShape: number[]): void {
      const { glorotUniform, zeros } = tf.initializers
      const columns = 3 * units
      this.#weights = [
        this.addWeight('kernel', [inputShape[2] as number, columns], 'float32', glorotUniform({ seed })),
        this.addWeight('recurrent_kernel', [units, columns], 'float32', orthogonal(tf, seed)),
        this.addWeight('bias', [2, columns], 'float32', zeros()),
      ]
      this.built = true
    }

    override computeOutputShape([batch, steps]: [number, number]): number[] {
      return returnSequences ? [batch, steps, units] : [batch, units]
    }

    override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor {
      return tf.tidy(() => {
        const weights = this.#weights.map((weight) => weight.read())
        const [kernel, recurrent, biases] = weights as [Tensor, Tensor, Tensor]
        const [bias, recurrentBias] = tf.unstack(biases) as [Tensor, Tensor]
        const x = stepsFirst(tf, [inputs].flat()[0] as Tensor)
        const outputs = overSteps(tf, resetAfterCell(tf, units), {
          x: projected(tf, { x, kernel, bias }),
          weights: [recurrent],
          bias: recurrentBias,
          units,
          returnSequences,
          inShards: training,
        })
        return returnSequences ? stepsFirst(tf, outputs) : outputs
      })
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), units, returnSequences }
    }
  }

  return withInnerElements(new ResetAfterGRU(named), ([, steps]) => 6 * (steps as number) * units)
}

/** [batch, steps, …] as [steps, batch, …] and back. */
const stepsFirst = (tf: TensorFlow, x: Tensor): Tensor => tf.transpose(x, [1, 0, 2])
