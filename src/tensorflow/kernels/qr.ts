import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { boolAttribute, float32, operationsOf } from '../operations.js'
import { backendName } from './override.js'

const kernelName = 'Qr'

/** tfjs's own factorisation is composed column by column. */
export function registerQr(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const attributes = [float32, boolAttribute('full_matrices', false)]
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs }) => operations.many(kernelName, attributes, [inputs.matrix as Tensor], 2),
  })
}

/**
 * @param matrix [rows, columns], no more columns than rows
 * @returns q [rows, columns] with orthonormal columns and r [columns, columns], upper triangular, of which it is the product
 */
export function qr(tf: TensorFlow, matrix: Tensor): { q: Tensor; r: Tensor } {
  const [q, r] = tf.engine().runKernel(kernelName, { matrix }) as unknown as [Tensor, Tensor]
  return { q, r }
}
