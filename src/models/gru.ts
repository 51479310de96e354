import { Type } from 'typebox'
import { FlywheelError } from '../contracts/errors.js'
import type { Family, Shapes } from '../contracts/family.js'
import { gru as gruLayer } from './layers/gru.js'
import {
  recurrentChannels,
  recurrentNetwork,
  recurrentPlan,
  recurrentProperties,
} from './layers/recurrent-network.js'

const Hyperparameters = Type.Object(
  {
    ...recurrentProperties,
    resetAfter: Type.Boolean({
      default: true,
      description:
        'Whether the reset gate applies after the product with the recurrent weights, as in Keras and PyTorch; before it is the form that TensorFlow.js has a layer for',
    }),
  },
  { additionalProperties: false },
)

/** Layers of gated recurrent units (Cho et al. 2014), each followed by dropout. */
const gru: Family<typeof Hyperparameters> = {
  name: 'gru',
  summary:
    'Gated recurrent units: recurrent layers over the steps of a series or over tokens, smaller than an LSTM’s',
  tasks: ['tabular-classification', 'tabular-regression', 'text-classification'],
  rows: ['series', 'tokens'],
  hyperparameters: Hyperparameters,

  plan(shapes, hyperparameters) {
    checkSteps(shapes)
    const { resetAfter } = hyperparameters
    const kind = { columns: 3, biases: resetAfter ? 6 : 3, kept: resetAfter ? 6 : 7 }
    return recurrentPlan(shapes, hyperparameters, kind)
  },

  channels: recurrentChannels('gru'),

  build(context) {
    checkSteps(context.shapes)
    const { tf, hyperparameters } = context
    const { resetAfter } = hyperparameters
    return recurrentNetwork(context, (number, options) =>
      gruLayer(tf, { name: `gru_${number}`, resetAfter, ...options }),
    )
  },
}

/** Each step is operations of its own in a training's graph, which takes 13 s and 2 GB to prepare for so many. */
const maxSteps = 1024

function checkSteps({ inputs }: Shapes): void {
  const steps = inputs[0]?.shape[0] as number
  if (steps <= maxSteps) return
  const path = 'family'
  const expected = `one that takes ${steps} steps, as lstm does`
  const detail = `${path}: expected ${expected}; received gru, which takes at most ${maxSteps}`
  throw new FlywheelError('specification-invalid', detail, { errors: [{ path, expected, received: 'gru' }] })
}

export default gru
