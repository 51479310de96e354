import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import { DataType } from './data-types.js'
import { operationsOf, stringAttribute, typeAttribute } from './operations.js'

/** Where a point (x, y) of the new image lies in the old one, in pixels: (xx·x + xy·y + x0, yx·x + yy·y + y0); each [batch]. */
export interface Projection {
  readonly xx: Tensor
  readonly xy: Tensor
  readonly x0: Tensor
  readonly yx: Tensor
  readonly yy: Tensor
  readonly y0: Tensor
}

/**
 * Images [batch, height, width, channels] that are turned, scaled or moved, each by itself: bilinear between pixels, and
 * beyond the edge as the edge is. It has no gradient. A graph runs it on CPU and GPU; XLA does not compile it.
 */
export function projectImages(tf: TensorFlow, images: Tensor, projection: Projection): Tensor {
  const { xx, xy, x0, yx, yy, y0 } = projection
  return tf.tidy(() => {
    const zeros = tf.zerosLike(xx)
    const transforms = tf.stack([xx, xy, x0, yx, yy, y0, zeros, zeros], 1) // [batch, 8]
    const [, height, width] = images.shape as [number, number, number, number]
    const attributes = [
      typeAttribute('dtype', DataType.FLOAT),
      stringAttribute('interpolation', 'BILINEAR'),
      stringAttribute('fill_mode', 'NEAREST'),
    ]
    const size = tf.tensor1d([height, width], 'int32')
    const inputs = [images, transforms, size, tf.scalar(0)]
    return operationsOf(tf).one('ImageProjectiveTransformV3', attributes, inputs)
  })
}
