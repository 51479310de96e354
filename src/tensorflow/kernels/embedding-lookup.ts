import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { float32, intAttribute, operationsOf, typeAttribute } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'EmbeddingLookup'

/** tfjs's own gather takes the ids to JavaScript to check them, which ends a trace. */
export function registerEmbeddingLookup(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const int32Ids = typeAttribute('Tindices', DataType.INT32)
  const gather = [
    intAttribute('batch_dims', 0),
    typeAttribute('Tparams', DataType.FLOAT),
    int32Ids,
    typeAttribute('Taxis', DataType.INT32),
  ]
  const sumByRow = [float32, int32Ids, typeAttribute('Tnumsegments', DataType.INT32)]
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => {
      const { embeddings, ids } = inputs as { embeddings: Tensor; ids: Tensor }
      return tf.tidy(() => operations.one('GatherV2', gather, [embeddings, ids, tf.scalar(0, 'int32')]))
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['embeddings', 'ids'],
    gradFunc: (dy, [embeddings, ids]) => ({
      embeddings: () => {
        const [count, width] = (embeddings as Tensor).shape as [number, number]
        const rows = (dy as Tensor).reshape([-1, width])
        const segments = (ids as Tensor).reshape([-1])
        return operations.one('UnsortedSegmentSum', sumByRow, [rows, segments, tf.scalar(count, 'int32')])
      },
    }),
  })
}

/**
 * The rows of a table by their ids. Its gradient is dense: the sum over all places of an id.
 *
 * @param embeddings [count, width]
 * @param ids int32 [batch, length], from 0 to below `count`: others are an error on a CPU
 * @returns [batch, length, width]
 */
export function embeddingLookup(
  tf: TensorFlow,
  { embeddings, ids }: { embeddings: Tensor; ids: Tensor },
): Tensor {
  return tf.engine().runKernel(kernelName, { embeddings, ids })
}
