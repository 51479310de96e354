import type { LayerVariable, layers, serialization, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { fusedBatchNorm } from '../../tensorflow/kernels/fused-batch-norm.js'

export interface BatchNormalizationOptions {
  readonly name?: string
  /** Share of a moving average that stays at each step, above 0; 0.99 as in Keras and tfjs. */
  readonly momentum?: number
  /** Added to the variance before its root; 0.001 as in Keras and tfjs. */
  readonly epsilon?: number
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over all axes but the last, by one fused operation in training. In
 * prediction it takes the moving averages, which each training step writes, as Keras does: of the biased variance.
 * It is stored under tfjs's class name, so that plain tfjs loads the model with its own layer.
 */
export function batchNormalization(tf: TensorFlow, options: BatchNormalizationOptions = {}): layers.Layer {
  const { momentum = 0.99, epsilon = 1e-3, name } = options

  class BatchNormalization extends tf.layers.Layer {
    static readonly className = 'BatchNormalization'
    #weights: Record<'gamma' | 'beta' | 'mean' | 'variance', LayerVariable> | undefined

    override build(inputShape: number[]): void {
      const channels = inputShape.flat().at(-1) as number // [batch, …, channels], in a list or not
      const weight = (name: string, initial: 'zeros' | 'ones', isTrained: boolean): LayerVariable =>
        this.addWeight(name, [channels], 'float32', tf.initializers[initial](), undefined, isTrained)
      this.#weights = {
        gamma: weight('gamma', 'ones', true),
        beta: weight('beta', 'zeros', true),
        mean: weight('moving_mean', 'zeros', false),
        variance: weight('moving_variance', 'ones', false),
      }
      super.build(inputShape)
    }

    override computeOutputShape(inputShape: number[]): number[] {
      return inputShape
    }

    override call(inputs: Tensor | Tensor[], { training = false }: { training?: boolean }): Tensor {
      const x = [inputs].flat()[0] as Tensor
      return tf.tidy(() => (training ? this.#train(x) : this.#predict(x)))
    }

    #train(x: Tensor): Tensor {
      const weights = this.#read()
      const channels = weights.gamma.size
      const images = x.rank === 4 ? x : x.reshape([x.size / channels, 1, 1, channels])
      const batch = fusedBatchNorm(tf, { ...weights, x: images, epsilon, momentum })
      this.#weights?.mean.write(batch.mean)
      this.#weights?.variance.write(batch.variance)
      return x.rank === 4 ? batch.y : batch.y.reshape(x.shape)
    }

    #predict(x: Tensor): Tensor {
      const { gamma, beta, mean, variance } = this.#read()
      if (x.rank !== 4) {
        return tf.batchNorm(x, mean as never, variance as never, beta as never, gamma as never, epsilon)
      }
      // What tf.batchNorm runs, without the reshaping behind it, which keeps convolutions of an ONNX form apart.
      const inputs = { x, scale: gamma, offset: beta, mean, variance } as Record<string, Tensor>
      return tf.engine().runKernel(tf.FusedBatchNorm, inputs as never, { varianceEpsilon: epsilon }) as Tensor
    }

    #read(): Record<'gamma' | 'beta' | 'mean' | 'variance', Tensor> {
      if (!this.#weights) throw new Error('A batch normalisation is built before it is called')
      const { gamma, beta, mean, variance } = this.#weights
      return { gamma: gamma.read(), beta: beta.read(), mean: mean.read(), variance: variance.read() }
    }

    override getConfig(): serialization.ConfigDict {
      const zeros = { className: 'Zeros', config: {} }
      const ones = { className: 'Ones', config: {} }
      return {
        axis: -1,
        momentum,
        epsilon,
        center: true,
        scale: true,
        betaInitializer: zeros,
        gammaInitializer: ones,
        movingMeanInitializer: zeros,
        movingVarianceInitializer: ones,
        betaRegularizer: null,
        gammaRegularizer: null,
        betaConstraint: null,
        gammaConstraint: null,
        ...super.getConfig(),
      }
    }
  }

  return new BatchNormalization(name === undefined ? {} : { name })
}
