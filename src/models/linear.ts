import type { SymbolicTensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { Family, Input, Shapes } from '../contracts/family.js'
import { embeddingBag, embeddingBagInner } from './layers/embedding-bag.js'
import { denseCost, type LayerCost, planOf } from './layers/layer-cost.js'
import { layerSeed } from './layers/layer-seed.js'

const Hyperparameters = Type.Object(
  {
    l2: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 10,
      description: 'Penalty on the squares of all weights but the bias, added to the loss as Keras does',
    }),
  },
  { additionalProperties: false },
)

/** Small against what is learnt, so that terms which hardly occur say nothing. */
const bagRange = 0.01

/** One weight for each number, pixel or term and class: logistic regression for classes, linear regression for values. */
const linear: Family<typeof Hyperparameters> = {
  name: 'linear',
  summary:
    'Linear and logistic regression: a weight for each number, pixel or term, and each class; strong on bags of words, quick on all',
  tasks: ['tabular-classification', 'tabular-regression', 'text-classification', 'image-classification'],
  rows: ['vector', 'bag', 'image'],
  hyperparameters: Hyperparameters,

  plan: (shapes) => planOf(costs(shapes)),

  build({ tf, shapes, hyperparameters: { l2 }, seed }) {
    const { shape, tokens } = shapes.inputs[0] as Input
    const features = tf.input({ shape: [...shape], name: 'features' })
    const isImage = tokens === undefined && shape.length > 1
    const numbers = isImage ? (tf.layers.flatten().apply(features) as SymbolicTensor) : features
    const { units } = shapes
    const logits =
      tokens === undefined
        ? tf.layers.dense({
            name: 'logits',
            units,
            kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(seed, 0) }),
            ...(l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {}),
          })
        : embeddingBag(tf, {
            name: 'logits',
            inputDim: tokens,
            outputDim: units,
            combine: 'sum',
            useBias: true,
            range: bagRange,
            l2,
            seed: layerSeed(seed, 0),
          })
    return tf.model({ inputs: features, outputs: logits.apply(numbers) as SymbolicTensor })
  },
}

function costs({ inputs, units }: Shapes): LayerCost[] {
  const { shape, tokens } = inputs[0] as Input
  const length = shape.at(-1) as number
  if (tokens === undefined) {
    const numbers = shape.reduce((product, size) => product * size, 1)
    const flattened = shape.length > 1 ? [{ outputs: numbers }] : []
    return [{ outputs: numbers }, ...flattened, denseCost(numbers, units)]
  }
  return [
    { outputs: 2 * length },
    {
      outputs: units + embeddingBagInner(length, units),
      parameters: (tokens + 1) * units,
      flops: 2 * length * units,
    },
  ]
}

export default linear
