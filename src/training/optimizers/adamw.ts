import { Type } from 'typebox'
import { DataType } from '../../tensorflow/data-types.js'
import { float32, typeAttribute } from '../../tensorflow/operations.js'
import { adam } from './adam.js'
import type { Optimizer } from './optimizer.js'

const dtype = typeAttribute('dtype', DataType.FLOAT)

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), of all weights, before the update, as in Keras. */
export const adamw: Optimizer = {
  ...adam,
  name: 'adamw',
  summary: 'Adam with decoupled weight decay',
  options: Type.Object(
    {
      ...adam.options.properties,
      weightDecay: Type.Number({
        default: 0.004,
        minimum: 0,
        maximum: 1,
        description: 'Share of each weight that is taken away per step, times the learning rate',
      }),
    },
    { additionalProperties: false },
  ),
  scalars(options, at) {
    return [...adam.scalars(options, at), (options.weightDecay as number) * at.learningRate]
  },
  update({ scalars, ...update }) {
    const { operations, variable } = update
    const decay = scalars.at(-1) as (typeof scalars)[number]
    const weight = operations.one('ReadVariableOp', [dtype], [variable])
    const loss = operations.one('Mul', [float32], [weight, decay])
    operations.many('AssignSubVariableOp', [dtype], [variable, loss], 0)
    weight.dispose()
    loss.dispose()
    adam.update({ ...update, scalars: scalars.slice(0, -1) })
  },
}
