import { Type } from 'typebox'
import { boolAttribute, float32 } from '../../tensorflow/operations.js'
import type { Chosen } from '../choice.js'
import { epsilonOption, fractionOption, learningRateOption, type Optimizer } from './optimizer.js'

const attributes = [float32, boolAttribute('use_locking', false), boolAttribute('use_nesterov', false)]

/** Adam (Kingma and Ba 2015), with Keras's defaults. */
export const adam: Optimizer = {
  name: 'adam',
  summary: 'Adam',
  options: Type.Object(
    {
      learningRate: learningRateOption(0.001),
      beta1: fractionOption(0.9, 'Decay of the mean of gradients'),
      beta2: fractionOption(0.999, 'Decay of the mean of squared gradients'),
      epsilon: epsilonOption(),
    },
    { additionalProperties: false },
  ),
  slots: () => ['momentum', 'velocity'],
  scalars(options, { step, learningRate }) {
    const { beta1, beta2, epsilon } = options as Chosen & { beta1: number; beta2: number; epsilon: number }
    // 1 − β2^t is small at first: as in Keras, β is rounded to float32 before the power, not after.
    const power = (beta: number): number => Math.fround(beta) ** (step + 1)
    return [power(beta1), power(beta2), learningRate, beta1, beta2, epsilon]
  },
  update({ operations, variable, slots, gradient, scalars }) {
    operations.many('ResourceApplyAdam', attributes, [variable, ...slots, ...scalars, gradient], 0)
  },
}
