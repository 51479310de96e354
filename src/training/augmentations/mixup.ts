import { Type } from 'typebox'
import { DataType } from '../../tensorflow/data-types.js'
import { intAttribute, operationsOf, typeAttribute } from '../../tensorflow/operations.js'
import { type Augmentation, rowBefore } from './augmentation.js'
import { betaQuantiles } from './beta-quantiles.js'

const QUANTILES = 1024

const gatherAttributes = [
  intAttribute('batch_dims', 0),
  typeAttribute('Tparams', DataType.FLOAT),
  typeAttribute('Tindices', DataType.INT32),
  typeAttribute('Taxis', DataType.INT32),
]

/**
 * Each image is mixed with the one before it in its batch, and so are their losses (Zhang et al. 2018, "mixup", where the
 * labels are mixed: the same for losses that are linear in them). The share is drawn from Beta(alpha, alpha).
 */
export const mixup: Augmentation = {
  name: 'mixup',
  summary: 'mixes each image with another one, and what is to be answered in the same shares; once in a list',
  rows: ['image'],
  options: Type.Object(
    {
      alpha: Type.Number({
        default: 0.2,
        minimum: 0.01,
        maximum: 10,
        description:
          'Of Beta(alpha, alpha): below 1 most images keep most of themselves, above 1 most are halves',
      }),
    },
    { additionalProperties: false },
  ),
  prepare({ alpha }) {
    const quantiles = betaQuantiles(alpha as number, QUANTILES)
    return (x, { tf, random, mix }) => {
      const batch = x.shape[0] as number
      // A uniform number may be 1: it belongs to the last share.
      const places = tf.minimum(random.uniform([batch]).mul(QUANTILES).floor(), QUANTILES - 1)
      // tfjs's own gather reads the places into JavaScript.
      const inputs = [tf.tensor1d(quantiles), places.cast('int32'), tf.scalar(0, 'int32')]
      const drawn = operationsOf(tf).one('GatherV2', gatherAttributes, inputs)
      mix(drawn)
      const share = drawn.reshape([batch, 1, 1, 1])
      return x.mul(share).add(rowBefore(tf, x).mul(tf.sub(1, share)))
    }
  },
}
