import type { SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import type { Family, Input, Shapes } from '../contracts/family.js'
import { dropout } from './layers/dropout.js'
import { embeddingBag, embeddingBagInner } from './layers/embedding-bag.js'
import { denseCost, type LayerCost, planOf } from './layers/layer-cost.js'
import { layerSeed } from './layers/layer-seed.js'

const Hyperparameters = Type.Object(
  {
    embeddingWidth: Type.Integer({
      default: 16,
      minimum: 1,
      maximum: 4096,
      description: 'Width of the vector of a word or n-gram',
    }),
    dropout: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 0.95,
      description: 'Share of the averaged vector that is dropped in training',
    }),
  },
  { additionalProperties: false },
)
type Hyperparameters = Static<typeof Hyperparameters>

/**
 * The mean of the vectors of a text's words and n-grams, then a dense layer (Joulin et al. 2016, "Bag of Tricks for
 * Efficient Text Classification"); all classes in one softmax, without their hierarchy.
 */
const fastText: Family<typeof Hyperparameters> = {
  name: 'fast-text',
  summary:
    'Averaged vectors of words and n-grams: bags or tokens of text, where there are many rows to learn from',
  tasks: ['text-classification', 'tabular-classification', 'tabular-regression'],
  rows: ['bag', 'tokens'],
  hyperparameters: Hyperparameters,

  plan: (shapes, hyperparameters) => planOf(costs(shapes, hyperparameters)),

  build({ tf, shapes, hyperparameters: { embeddingWidth, dropout: rate }, seed, step }) {
    const { shape, tokens } = shapes.inputs[0] as Input
    const features = tf.input({ shape: [...shape], name: 'features' })
    const bag = embeddingBag(tf, {
      name: 'embeddings',
      inputDim: tokens as number,
      outputDim: embeddingWidth,
      combine: 'mean',
      range: 1 / embeddingWidth, // as fastText's own
      seed: layerSeed(seed, 0),
    })
    const mean = bag.apply(features) as SymbolicTensor
    const mask = { name: 'dropout', rate, seed: layerSeed(seed, 1), step }
    const kept = rate === 0 ? mean : (dropout(tf, mask).apply(mean) as SymbolicTensor)
    const kernelInitializer = tf.initializers.glorotUniform({ seed: layerSeed(seed, 2) })
    const logits = tf.layers.dense({ name: 'logits', units: shapes.units, kernelInitializer })
    return tf.model({ inputs: features, outputs: logits.apply(kept) as SymbolicTensor })
  },
}

function costs({ inputs, units }: Shapes, { embeddingWidth, dropout: rate }: Hyperparameters): LayerCost[] {
  const { shape, tokens } = inputs[0] as Input
  const length = shape.at(-1) as number
  return [
    { outputs: shape.reduce((product, size) => product * size, 1) },
    {
      outputs: embeddingWidth + embeddingBagInner(length, embeddingWidth),
      parameters: (tokens as number) * embeddingWidth,
      flops: 2 * length * embeddingWidth,
    },
    ...(rate > 0 ? [{ outputs: embeddingWidth }] : []),
    denseCost(embeddingWidth, units),
  ]
}

export default fastText
