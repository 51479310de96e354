import { Type } from 'typebox'
import type { Family } from '../contracts/family.js'
import { lstm as lstmLayer } from './layers/lstm.js'
import {
  recurrentChannels,
  recurrentNetwork,
  recurrentPlan,
  recurrentProperties,
} from './layers/recurrent-network.js'

const Hyperparameters = Type.Object(recurrentProperties, { additionalProperties: false })

const kind = { columns: 4, biases: 4, kept: 7 }

/** Layers of long short-term memory (Hochreiter and Schmidhuber 1997), each followed by dropout. */
const lstm: Family<typeof Hyperparameters> = {
  name: 'lstm',
  summary: 'Long short-term memory: recurrent layers over the steps of a series or over tokens',
  tasks: ['tabular-classification', 'tabular-regression', 'text-classification'],
  rows: ['series', 'tokens'],
  hyperparameters: Hyperparameters,

  plan: (shapes, hyperparameters) => recurrentPlan(shapes, hyperparameters, kind),

  channels: recurrentChannels('lstm'),

  build: (context) =>
    recurrentNetwork(context, (number, options) =>
      lstmLayer(context.tf, { name: `lstm_${number}`, ...options }),
    ),
}

export default lstm
