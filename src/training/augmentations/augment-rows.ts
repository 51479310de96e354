import type { Scalar, Tensor } from '@tensorflow/tfjs'
import type { Input, TensorFlow } from '../../contracts/family.js'
import { statelessNormal, statelessUniform } from '../../tensorflow/kernels/stateless-random.js'
import type { Chosen } from '../choice.js'
import { type Augmented, kindOf, type Random } from './augmentation.js'
import { augmentationNamed } from './table.js'

/** Seeds of augmentations are none of a layer's. */
const FIRST_SEED = 0x41_55_47
/** More random tensors than one augmentation takes in a step. */
const MOST_CALLS = 64

/**
 * All changes of a job as one, ready to run in each step.
 *
 * @param options.step the number of the batch in the whole training
 * @returns undefined where there are none
 */
export function augmentRows(
  chosen: readonly Chosen[],
  {
    tf,
    seed,
    step,
    input,
    ...rows
  }: {
    tf: TensorFlow
    seed: number
    step: () => Scalar
    input: Pick<Input, 'shape' | 'tokens'>
    features: Float32Array
    training: Int32Array
  },
): ((x: Tensor) => Augmented) | undefined {
  if (chosen.length === 0) return undefined
  const kind = kindOf(input)
  const changes = chosen.map((options) =>
    augmentationNamed(options.name).prepare(options, { ...rows, shape: input.shape, kind }),
  )
  return (x) => {
    const [changed, share = null] = tf.tidy(() => {
      const shares: Tensor[] = []
      const mix = (drawn: Tensor): void => {
        shares.push(drawn)
      }
      const rows = changes.reduce((before, augment, index) => {
        const first = FIRST_SEED + index * MOST_CALLS
        const random = randomOf(tf, { seed: seed ^ 0x5eed, first, step: step() })
        return augment(before, { tf, random, mix })
      }, x)
      return [rows, ...shares]
    })
    return { x: changed as Tensor, share }
  }
}

function randomOf(
  tf: TensorFlow,
  { seed, first, step }: { seed: number; first: number; step: Scalar },
): Random {
  let calls = 0
  const next = () => ({ seed: (Math.imul(seed, 2_654_435_761) + (first + calls++) * 40_503) >>> 1, step })
  return {
    uniform: (shape) => statelessUniform(tf, { shape, ...next() }),
    normal: (shape) => statelessNormal(tf, { shape, ...next() }),
  }
}
