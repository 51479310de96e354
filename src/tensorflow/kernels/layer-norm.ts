import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../data-types.js'
import { boolAttribute, float32, operationsOf, stringAttribute, typeAttribute } from '../operations.js'
import { columnSum } from './column-sum.js'
import { backendName } from './override.js'

const kernelName = 'LayerNorm'

/**
 * Registers layer normalisation with a gradient of its own. tfjs tiles mean and variance to the size of the input,
 * and the gradient of that takes an operation for each element.
 */
export function registerLayerNorm(tf: TensorFlow): void {
  const operations = operationsOf(tf)
  const binary = (name: string) => (a: Tensor, b: Tensor) => operations.one(name, [float32], [a, b])
  const [add, subtract, multiply] = [binary('AddV2'), binary('Sub'), binary('Mul')]
  const meanAttributes = [boolAttribute('keep_dims', true), float32, typeAttribute('Tidx', DataType.INT32)]
  const rowMean = (x: Tensor): Tensor =>
    operations.one('Mean', meanAttributes, [x, tf.scalar(x.shape.length - 1, 'int32')])
  const biasAttributes = [float32, stringAttribute('data_format', 'NHWC')]

  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      const { x, gamma, beta } = inputs as { x: Tensor; gamma: Tensor; beta: Tensor }
      const { epsilon } = attrs as { epsilon: number }
      return tf.tidy(() => {
        const centred = subtract(x, rowMean(x))
        const variance = rowMean(operations.one('Square', [float32], [centred]))
        const inverse = operations.one('Rsqrt', [float32], [add(variance, tf.scalar(epsilon))])
        const normal = multiply(centred, inverse)
        const y = operations.one('BiasAdd', biasAttributes, [multiply(normal, gamma), beta])
        return [y, normal, inverse]
      })
    },
  })
  tf.registerGradient({
    kernelName,
    inputsToSave: ['gamma'],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved) => {
      const [dy] = dys as Tensor[] // nothing flows back through the other outputs
      const [gamma, normal, inverse] = saved as [Tensor, Tensor, Tensor]
      const { shape } = dy as Tensor
      const [width, rows] = [shape.at(-1) as number, (t: Tensor) => t.reshape([-1, shape.at(-1) as number])]
      const [dRows, normals] = [rows(dy as Tensor), rows(normal)]
      const dNormals = multiply(dRows, normals)
      return {
        x: () => {
          // The means of dy · gamma and of dy · gamma · normal over each row, as products [rows, 1].
          const shares = gamma.div(width).reshape([width, 1])
          const [mean, slope] = [dRows, dNormals].map((each) => tf.matMul(each, shares)) as [Tensor, Tensor]
          const bent = subtract(multiply(dRows, gamma), multiply(normals, slope))
          return multiply(inverse.reshape([-1, 1]), subtract(bent, mean)).reshape(shape)
        },
        gamma: () => columnSum(tf, dNormals),
        beta: () => columnSum(tf, dRows),
      }
    },
  })
}

/**
 * Layer normalisation over the last axis (Ba et al. 2016): (x − mean) / √(variance + epsilon) · gamma + beta.
 *
 * @param x [..., width]
 * @param gamma [width]
 * @param beta [width]
 */
export function layerNorm(
  tf: TensorFlow,
  { x, gamma, beta, epsilon }: { x: Tensor; gamma: Tensor; beta: Tensor; epsilon: number },
): Tensor {
  return tf.tidy(() => {
    const outputs = tf.engine().runKernel(kernelName, { x, gamma, beta }, { epsilon })
    return (outputs as unknown as Tensor[])[0] as Tensor
  })
}
