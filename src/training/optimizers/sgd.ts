import { Type } from 'typebox'
import { boolAttribute, float32 } from '../../tensorflow/operations.js'
import { fractionOption, learningRateOption, type Optimizer } from './optimizer.js'

const locking = boolAttribute('use_locking', false)

/** Stochastic gradient descent, with momentum as Keras has it: velocity = momentum · velocity − learningRate · gradient. */
export const sgd: Optimizer = {
  name: 'sgd',
  summary: 'stochastic gradient descent with momentum',
  options: Type.Object(
    {
      learningRate: learningRateOption(0.01),
      momentum: fractionOption(0, 'Share of the last change that is kept'),
      nesterov: Type.Boolean({ default: false, description: 'Look ahead along the momentum' }),
    },
    { additionalProperties: false },
  ),
  slots: ({ momentum }) => (momentum === 0 ? [] : ['momentum']),
  scalars: ({ momentum }, { learningRate }) => [learningRate, momentum as number],
  update({ operations, options, variable, slots, gradient, scalars }) {
    const [learningRate, momentum] = scalars as [(typeof scalars)[number], (typeof scalars)[number]]
    if (slots.length === 0) {
      const inputs = [variable, learningRate, gradient]
      operations.many('ResourceApplyGradientDescent', [float32, locking], inputs, 0)
      return
    }
    const attributes = [float32, locking, boolAttribute('use_nesterov', options.nesterov === true)]
    const inputs = [variable, ...slots, learningRate, gradient, momentum]
    operations.many('ResourceApplyKerasMomentum', attributes, inputs, 0)
  },
}
