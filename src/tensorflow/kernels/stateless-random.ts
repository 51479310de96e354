import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { type Backend, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'StatelessRandomBits'
const PHILOX = 1

/** Registers random integers that follow from (seed, training step) alone: the same as a graph and compiled by XLA. */
export function registerStatelessRandom(tf: TensorFlow): void {
  const bitsOf = randomBits(tf)
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { step } = inputs as { step: Tensor }
      const { shape, seed } = attrs as unknown as { shape: number[]; seed: number }
      return tf.tidy(() => bitsOf(shape, tf.stack([tf.scalar(seed, 'int32'), step])))
    },
  })
}

/** Makes random int32 [shape] from a seed of two int32. For kernels: it has no gradient, and tfjs does not see it. */
export function randomBits(tf: TensorFlow): (shape: readonly number[], seed: Tensor) => Tensor {
  const backend = tf.backend() as unknown as Backend
  // Key and counter are uint64, which tfjs tensors can not be: they stay numbers of handles.
  return (shape, seed) => {
    const owned = backend.binding
      .executeOp(
        'StatelessRandomGetKeyCounter',
        [typeAttribute('Tseed', DataType.INT32)],
        backend.getInputTensorIds([seed]),
        2,
      )
      .map(({ id }) => id)
    try {
      const [key, counter] = owned as [number, number]
      const [size, algorithm] = backend.getInputTensorIds([
        tf.tensor1d([...shape], 'int32'),
        tf.scalar(PHILOX, 'int32'),
      ]) as [number, number]
      const [bits] = backend.binding.executeOp(
        'StatelessRandomUniformFullIntV2',
        [typeAttribute('dtype', DataType.INT32), typeAttribute('Tshape', DataType.INT32)],
        [size, key, counter, algorithm],
        1,
      )
      return backend.createOutputTensor(bits as NonNullable<typeof bits>)
    } finally {
      for (const id of owned) backend.binding.deleteTensor(id)
    }
  }
}

export interface RandomRequest {
  readonly shape: readonly number[]
  /** int32. */
  readonly seed: number
  /** int32 scalar; another step gives other numbers. */
  readonly step: Tensor
}

/** Numbers in [0, 1], each of 2³² values about as likely, but for what float32 can not tell apart. */
export function statelessUniform(tf: TensorFlow, { shape, seed, step }: RandomRequest): Tensor {
  return tf.tidy(() => {
    const bits = tf.engine().runKernel(kernelName, { step }, { shape: [...shape], seed }) as Tensor
    return bits
      .cast('float32')
      .mul(2 ** -32)
      .add(0.5)
  })
}

/** Numbers of mean 0 and deviation 1 (Box and Muller 1958). */
export function statelessNormal(tf: TensorFlow, { shape, ...request }: RandomRequest): Tensor {
  return tf.tidy(() => {
    const [radius, angle] = tf.unstack(statelessUniform(tf, { shape: [2, ...shape], ...request })) as [
      Tensor,
      Tensor,
    ]
    // The smallest number but 0: its logarithm is finite.
    const length = radius
      .maximum(2 ** -33)
      .log()
      .mul(-2)
      .sqrt()
    return length.mul(angle.mul(2 * Math.PI).cos())
  })
}
