import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { boolAttribute, float32, operationsOf } from '../operations.js'
import { overrideKernel } from './override.js'

/** tfjs multiplies matrices as a batch of one; TensorFlow's MatMul is cheaper, and the one that oneDNN and XLA fuse. */
export function overrideMatMul(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  overrideKernel(tf, 'BatchMatMul', (original) => (parameters) => {
    const { a, b } = parameters.inputs as { a: Tensor; b: Tensor }
    const { transposeA, transposeB } = parameters.attrs as { transposeA: boolean; transposeB: boolean }
    if (!isMatrix(a) || !isMatrix(b) || a.dtype !== 'float32' || b.dtype !== 'float32') {
      return original(parameters)
    }
    const attributes = [
      float32,
      boolAttribute('transpose_a', transposeA),
      boolAttribute('transpose_b', transposeB),
    ]
    return operations.one('MatMul', attributes, [a, b])
  })
}

const isMatrix = (tensor: Tensor): boolean => tensor.shape.length === 2
