import type { SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import type { Family, Shapes } from '../contracts/family.js'
import { layerMakes, layerTakes, narrowedSizes } from './layers/channel-uses.js'
import { dropout } from './layers/dropout.js'
import { layerSeed } from './layers/layer-seed.js'

const Hyperparameters = Type.Object(
  {
    hiddenUnits: Type.Array(Type.Integer({ minimum: 1, maximum: 65_536 }), {
      default: [64, 64],
      maxItems: 32,
      description: 'Width of each hidden layer; none makes a linear model',
    }),
    activation: Type.Enum(['relu', 'elu', 'selu', 'sigmoid', 'softsign', 'tanh'], {
      default: 'relu',
      description: 'Of the hidden layers. Default below 1,000 rows: elu',
    }),
    dropout: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 0.95,
      description: 'Share of each hidden layer’s outputs that is dropped in training',
    }),
    l2: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 10,
      description: 'Penalty on the squares of all kernels, added to the loss as Keras does',
    }),
  },
  { additionalProperties: false },
)
type Hyperparameters = Static<typeof Hyperparameters>

/** Fewer are learnt better with smooth units. */
const FEW_ROWS = 1000

/** A dense layer's width and what goes into it. */
interface Dense {
  readonly inputs: number
  readonly units: number
}

function denseLayers({ inputs, units }: Shapes, { hiddenUnits }: Hyperparameters): Dense[] {
  const width = inputs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)
  const widths = [width, ...hiddenUnits, units]
  return widths.slice(1).map((out, i) => ({ inputs: widths[i] as number, units: out }))
}

/** Multilayer perceptron: dense layers, each followed by its activation and dropout; the last gives the logits. */
const mlp: Family<typeof Hyperparameters> = {
  name: 'mlp',
  summary: 'Multilayer perceptron: fully connected layers, for rows of numbers',
  tasks: ['tabular-classification', 'tabular-regression'],
  rows: ['vector'],
  hyperparameters: Hyperparameters,

  // Five folds, 5 seeds: iris 0.957 against 0.940 accuracy, diabetes 54.8 against 54.9 RMSE, breast cancer 0.975
  // against 0.974; on the 32,561 rows of adult relu is better (0.852 against 0.850).
  defaultsFor: ({ rows }) => (rows < FEW_ROWS ? { activation: 'elu' } : {}),

  plan(shapes, hyperparameters) {
    const dense = denseLayers(shapes, hyperparameters)
    const sum = (of: (layer: Dense) => number): number => dense.reduce((total, layer) => total + of(layer), 0)
    const hidden = hyperparameters.hiddenUnits.reduce((total, units) => total + units, 0)
    const dropped = hyperparameters.dropout > 0 ? hidden : 0
    return {
      parameters: sum(({ inputs, units }) => (inputs + 1) * units),
      activationBytesPerRow: 4 * ((dense[0]?.inputs ?? 0) + sum(({ units }) => units) + dropped),
      flopsPerRow: sum(({ inputs, units }) => 2 * inputs * units),
    }
  },

  channels: {
    groups: (_, { hiddenUnits }) =>
      hiddenUnits.map((size, i) => {
        const next = i + 1 < hiddenUnits.length ? `hidden_${i + 2}` : 'logits'
        return { size, uses: [...layerMakes(`hidden_${i + 1}`), layerTakes(next)] }
      }),
    narrowed: (hyperparameters, share) => ({
      ...hyperparameters,
      hiddenUnits: narrowedSizes(hyperparameters.hiddenUnits, share),
    }),
  },

  build({ tf, shapes, hyperparameters, seed, step }) {
    const { activation, l2, dropout: rate } = hyperparameters
    const dense = denseLayers(shapes, hyperparameters)
    const features = tf.input({ shape: [dense[0]?.inputs as number], name: 'features' })
    const outputs = dense.reduce((x, { units }, i) => {
      const isLast = i === dense.length - 1
      const kernel = { seed: layerSeed(seed, 2 * i) }
      const layer = tf.layers.dense({
        name: isLast ? 'logits' : `hidden_${i + 1}`,
        units,
        activation: isLast ? 'linear' : activation,
        // Glorot and Bengio 2010, Keras's default; on small tables its smaller weights do better than He's
        kernelInitializer: tf.initializers.glorotUniform(kernel),
        ...(l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {}),
      })
      const y = layer.apply(x) as SymbolicTensor
      if (isLast || rate === 0) return y
      const mask = { name: `dropout_${i + 1}`, rate, seed: layerSeed(seed, 2 * i + 1), step }
      return dropout(tf, mask).apply(y) as SymbolicTensor
    }, features)
    return tf.model({ inputs: features, outputs })
  },
}

export default mlp
