import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { boolAttribute, float32, intAttribute, operationsOf, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'BagSum'

/** One product of matrices for each bag, in place of a product and a sum over [batch, length, width]. */
export function registerBagSum(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const int32Ids = typeAttribute('Tindices', DataType.INT32)
  const gather = [
    intAttribute('batch_dims', 0),
    typeAttribute('Tparams', DataType.FLOAT),
    int32Ids,
    typeAttribute('Taxis', DataType.INT32),
  ]
  const product = [float32, boolAttribute('adj_x', false), boolAttribute('adj_y', false)]
  const sumByRow = [float32, int32Ids, typeAttribute('Tnumsegments', DataType.INT32)]
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => {
      const { embeddings, ids, weights } = inputs as { embeddings: Tensor; ids: Tensor; weights: Tensor }
      const [batch, length] = ids.shape as [number, number]
      const width = embeddings.shape[1] as number
      return tf.tidy(() => {
        const rows = operations.one('GatherV2', gather, [embeddings, ids, tf.scalar(0, 'int32')])
        const each = weights.reshape([batch, 1, length])
        return operations.one('BatchMatMulV2', product, [each, rows]).reshape([batch, width])
      })
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['embeddings', 'ids', 'weights'],
    gradFunc: (dy, [embeddings, ids, weights]) => ({
      embeddings: () => {
        const [count, width] = (embeddings as Tensor).shape as [number, number]
        const [batch, length] = (ids as Tensor).shape as [number, number]
        const rows = tf
          .mul((dy as Tensor).reshape([batch, 1, width]), (weights as Tensor).reshape([batch, length, 1]))
          .reshape([-1, width])
        const segments = (ids as Tensor).reshape([-1])
        return operations.one('UnsortedSegmentSum', sumByRow, [rows, segments, tf.scalar(count, 'int32')])
      },
    }),
  })
}

/**
 * The weighted sums of a table's rows. Its gradient for the table is dense; weights have none.
 *
 * @param embeddings [count, width]
 * @param ids int32 [batch, length], from 0 to below `count`: others are an error on a CPU
 * @param weights [batch, length]
 * @returns [batch, width]
 */
export function bagSum(
  tf: TensorFlow,
  { embeddings, ids, weights }: { embeddings: Tensor; ids: Tensor; weights: Tensor },
): Tensor {
  return tf.engine().runKernel(kernelName, { embeddings, ids, weights })
}
