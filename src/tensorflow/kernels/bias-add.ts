import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { float32, type Operations, operationsOf, stringAttribute } from '../operations.js'
import { columnSum } from './column-sum.js'
import { overrideKernel } from './override.js'

const attributes = [float32, stringAttribute('data_format', 'NHWC')]

/** `x [..., n] + bias [n]` as BiasAdd, and its gradient by one sum in place of tfjs's reductions and reshapes. */
export function overrideBiasAdd(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  overrideKernel(tf, 'Add', (original) => (parameters) => {
    const { a, b } = parameters.inputs as { a: Tensor; b: Tensor }
    return isBias(a, b) ? operations.one('BiasAdd', attributes, [a, b]) : original(parameters)
  })

  const original = tf.getGradient('Add')
  tf.registerGradient({
    ...original,
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved as [Tensor, Tensor]
      const gradient = dy as Tensor
      if (isBias(a, b)) return { a: () => gradient, b: () => biasGradient(tf, operations, gradient) }
      if (`${a.shape}` !== `${b.shape}`) return original.gradFunc(dy, saved, attrs)
      return { a: () => gradient.clone(), b: () => gradient.clone() } // each disposed of by itself
    },
  })
  overrideColumnSum(tf)
}

/** tfjs's fused dense layer takes its bias gradient by Sum over all axes but the last. */
function overrideColumnSum(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  overrideKernel(tf, 'Sum', (original) => (parameters) => {
    const { x } = parameters.inputs as { x: Tensor }
    const { axis, keepDims } = parameters.attrs as { axis?: number | number[]; keepDims?: boolean }
    const axes = axis === undefined ? [] : [axis].flat()
    const allButLast = axes.length === x.shape.length - 1 && axes.every((value, i) => value === i)
    if (x.dtype !== 'float32' || x.shape.length < 2 || keepDims || !allButLast) return original(parameters)
    return biasGradient(tf, operations, x)
  })
}

/** From so many elements on, the product with ones takes a third of BiasAddGrad's time on CPUs; below, twice. */
const manyElements = 2 ** 17

/** [..., n] to [n]. (Of a large convolution too: oneDNN's sum within the kernel's gradient takes longer than the product.) */
function biasGradient(tf: TensorFlow, operations: Operations, dy: Tensor): Tensor {
  if (dy.size >= manyElements) return columnSum(tf, dy)
  return operations.one('BiasAddGrad', attributes, [dy])
}

const isBias = (a: Tensor, b: Tensor): boolean =>
  a.dtype === 'float32' &&
  b.dtype === 'float32' &&
  b.shape.length === 1 &&
  a.shape.length > 1 &&
  a.shape.at(-1) === b.shape[0]
