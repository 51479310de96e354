import { availableParallelism } from 'node:os'
import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { nativeOf } from '../native.js'

/** Fewer rows make a matrix product inefficient. */
const minRows = 16

/**
 * Runs what treats each row alone on shards of the rows, one for each thread, so that they compute side by side. For
 * layers that go step by step: a step is too small for threads to share, and the steps wait for each other.
 *
 * @param given.axis of the rows in `x`
 * @param given.resultAxis of the rows in what `run` returns
 */
export function inRowShards(
  tf: TensorFlow,
  given: { x: Tensor; axis: number; resultAxis: number },
  run: (x: Tensor) => Tensor,
): Tensor {
  const rows = given.x.shape[given.axis] as number
  const threads = nativeOf(tf).config.threads || availableParallelism()
  const shards = Math.min(threads, Math.floor(rows / minRows))
  if (shards < 2) return run(given.x)
  const sizes = Array.from(
    { length: shards },
    (_, i) => Math.floor((rows * (i + 1)) / shards) - Math.floor((rows * i) / shards),
  )
  return tf.concat(tf.split(given.x, sizes, given.axis).map(run), given.resultAxis)
}
