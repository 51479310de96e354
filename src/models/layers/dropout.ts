import type { layers, Scalar, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { statelessDropoutMask } from '../../tensorflow/kernels/stateless-dropout-mask.js'

export interface DropoutOptions {
  readonly name?: string
  /** Share of the inputs that is set to 0 in training, below 1. */
  readonly rate: number
  /** Seeds this layer's masks, together with the training step. */
  readonly seed: number
  /** The training step; absent when the model only predicts. */
  readonly step?: (() => Scalar) | undefined
}

/**
 * Dropout (Srivastava et al. 2014) whose masks come from (seed, step) alone: a resumed training drops the same units.
 * It is stored under tfjs's class name, so that plain tfjs loads the model with its own layer.
 */
export function dropout(tf: TensorFlow, options: DropoutOptions): layers.Layer {
  const { rate, seed, step, name } = options

  class Dropout extends tf.layers.Layer {
    static readonly className = 'Dropout'

    override computeOutputShape(inputShape: number[]): number[] {
      return inputShape
    }

    override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor {
      const x = [inputs].flat()[0] as Tensor
      if (!training || rate === 0) return x
      if (!step) throw new Error('A dropout layer that is trained needs the training step')
      return tf.tidy(() => x.mul(statelessDropoutMask(tf, { shape: x.shape, rate, seed, step: step() })))
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), rate, seed }
    }
  }

  return new Dropout(name === undefined ? {} : { name })
}
