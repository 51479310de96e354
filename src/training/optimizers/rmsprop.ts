import { Type } from 'typebox'
import { boolAttribute, float32 } from '../../tensorflow/operations.js'
import { epsilonOption, fractionOption, learningRateOption, type Optimizer } from './optimizer.js'

const attributes = [float32, boolAttribute('use_locking', false)]

/** RMSprop (Tieleman and Hinton 2012), not centred, with Keras's defaults. */
export const rmsprop: Optimizer = {
  name: 'rmsprop',
  summary: 'RMSprop',
  options: Type.Object(
    {
      learningRate: learningRateOption(0.001),
      rho: fractionOption(0.9, 'Decay of the mean of squared gradients'),
      momentum: fractionOption(0, 'Share of the last change that is kept'),
      epsilon: epsilonOption(),
    },
    { additionalProperties: false },
  ),
  slots: () => ['velocity', 'momentum'],
  scalars: ({ rho, momentum, epsilon }, { learningRate }) => [
    learningRate,
    rho as number,
    momentum as number,
    epsilon as number,
  ],
  update({ operations, variable, slots, gradient, scalars }) {
    operations.many('ResourceApplyRMSProp', attributes, [variable, ...slots, ...scalars, gradient], 0)
  },
}
