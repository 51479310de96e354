import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { type Projection, projectImages } from '../../tensorflow/image-projection.js'
import type { Random } from './augmentation.js'

/** [batch] numbers from −1 to 1. */
export const signed = (random: Random, batch: number): Tensor => random.uniform([batch]).mul(2).sub(1)

/**
 * Images whose points are taken from elsewhere: by a matrix about the middle of each image, then by an offset in pixels.
 *
 * @param options.matrix each [batch]; absent: points stay
 */
export function moved(
  tf: TensorFlow,
  x: Tensor,
  {
    matrix,
    offset,
  }: {
    matrix?: Pick<Projection, 'xx' | 'xy' | 'yx' | 'yy'>
    offset?: { readonly right: Tensor; readonly down: Tensor }
  },
): Tensor {
  const [batch, height, width] = x.shape as [number, number, number, number]
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2]
  const [ones, zeros] = [tf.ones([batch]), tf.zeros([batch])]
  const { xx, xy, yx, yy } = matrix ?? { xx: ones, xy: zeros, yx: zeros, yy: ones }
  const { right, down } = offset ?? { right: zeros, down: zeros }
  const x0 = tf.sub(cx, xx.mul(cx)).sub(xy.mul(cy)).add(right)
  const y0 = tf.sub(cy, yx.mul(cx)).sub(yy.mul(cy)).add(down)
  return projectImages(tf, x, { xx, xy, x0, yx, yy, y0 })
}
