import type { layers, SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import { FlywheelError, shown } from '../contracts/errors.js'
import type { BuildContext, Family, Input, Shapes } from '../contracts/family.js'
import { dropout } from './layers/dropout.js'
import { embedding } from './layers/embedding.js'
import { denseCost, type LayerCost, planOf } from './layers/layer-cost.js'
import { layerNormalization } from './layers/layer-normalization.js'
import { layerSeed } from './layers/layer-seed.js'
import { multiHeadAttention } from './layers/multi-head-attention.js'
import { positionEmbedding } from './layers/position-embedding.js'

const Hyperparameters = Type.Object(
  {
    blocks: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 48,
      description: 'Encoder blocks: attention, then two dense layers at each place',
    }),
    width: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 4096,
      description: 'Width of the vector at each place, a multiple of the heads',
    }),
    heads: Type.Integer({
      default: 4,
      minimum: 1,
      maximum: 64,
      description: 'Heads of each attention; they share the width',
    }),
    feedForwardUnits: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 16_384,
      description: 'Width of the first dense layer of each block; four times the width is usual',
    }),
    activation: Type.Enum(['relu', 'gelu'], {
      default: 'relu',
      description: 'Of the first dense layer of each block',
    }),
    dropout: Type.Number({
      default: 0.1,
      minimum: 0,
      maximum: 0.95,
      description:
        'Share that is dropped in training of the embedded input, the attention weights and what each part of a block adds',
    }),
  },
  { additionalProperties: false },
)
type Hyperparameters = Static<typeof Hyperparameters>

/** PyTorch's default for layer normalisation; Keras's 0.001 hides small differences. */
const epsilon = 1e-5

/**
 * Transformer encoder (Vaswani et al. 2017) with the normalisation before each part (Xiong et al. 2020), learned
 * positions, a last normalisation, and the mean over all places, from which the logits come.
 */
const transformerEncoder: Family<typeof Hyperparameters> = {
  name: 'transformer-encoder',
  summary: 'Transformer encoder: self-attention over the steps of a series or over tokens',
  tasks: ['tabular-classification', 'tabular-regression', 'text-classification'],
  rows: ['series', 'tokens'],
  hyperparameters: Hyperparameters,

  plan: (shapes, hyperparameters) => planOf(costs(shapes, hyperparameters)),

  build(context) {
    const { tf, shapes, hyperparameters, seed } = context
    checkHeads(hyperparameters)
    const input = shapes.inputs[0] as Input
    const features = tf.input({ shape: [...input.shape], name: 'features' })
    const embedded = apply(embeddingOf(context, input), features)
    const positions = positionEmbedding(tf, { name: 'positions', seed: layerSeed(seed, 1) })
    let x = dropped(context, apply(positions, embedded), { name: 'dropout', seed: layerSeed(seed, 2) })
    for (let i = 1; i <= hyperparameters.blocks; i++) x = block(context, x, i)
    const pooled = apply(
      tf.layers.globalAveragePooling1d({ name: 'mean' }),
      apply(layerNormalization(tf, { name: 'normalization', epsilon }), x),
    )
    const logits = dense(context, { name: 'logits', units: shapes.units, seed: layerSeed(seed, 3) })
    return tf.model({ inputs: features, outputs: apply(logits, pooled) })
  },
}

type Context = BuildContext<Hyperparameters>

/** Numbers of seeds that each block has; the layers before and after the blocks have the first ones. */
const seedsPerBlock = 8

const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor

function embeddingOf({ tf, hyperparameters, seed }: Context, { tokens }: Input): layers.Layer {
  const [name, units] = ['embedding', hyperparameters.width]
  if (tokens === undefined) return dense({ tf }, { name, units, seed: layerSeed(seed, 0) })
  return embedding(tf, { name, inputDim: tokens, outputDim: units, seed: layerSeed(seed, 0) })
}

/** x + attention(normal(x)), then y + dense(dense(normal(y))). */
function block(context: Context, x: SymbolicTensor, number: number): SymbolicTensor {
  const { tf, hyperparameters, seed, step } = context
  const { width, heads, feedForwardUnits, activation, dropout: rate } = hyperparameters
  const named = (name: string, part: number) => ({
    name: `block_${number}_${name}`,
    seed: layerSeed(seed, number * seedsPerBlock + part),
  })
  const normal = (part: string, input: SymbolicTensor): SymbolicTensor =>
    apply(layerNormalization(tf, { name: `block_${number}_${part}_normalization`, epsilon }), input)
  const plus = (part: string, a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor =>
    apply(tf.layers.add({ name: `block_${number}_${part}_sum` }), [a, b])

  const attention = multiHeadAttention(tf, { ...named('attention', 0), heads, dropout: rate, step })
  const attended = apply(attention, normal('attention', x))
  const y = plus('attention', x, dropped(context, attended, named('attention_dropout', 1)))
  const wide = dense(context, { ...named('wide', 2), units: feedForwardUnits, activation })
  const narrow = dense(context, { ...named('narrow', 3), units: width })
  const fed = apply(narrow, apply(wide, normal('dense', y)))
  return plus('dense', y, dropped(context, fed, named('dense_dropout', 4)))
}

/** Glorot and Bengio 2010, Keras's default. */
function dense(
  { tf }: Pick<Context, 'tf'>,
  { seed, ...options }: { name: string; units: number; seed: number; activation?: 'relu' | 'gelu' },
): layers.Layer {
  return tf.layers.dense({ ...options, kernelInitializer: tf.initializers.glorotUniform({ seed }) })
}

function dropped(
  { tf, hyperparameters: { dropout: rate }, step }: Context,
  x: SymbolicTensor,
  named: { name: string; seed: number },
): SymbolicTensor {
  return rate === 0 ? x : apply(dropout(tf, { ...named, rate, step }), x)
}

function costs({ inputs, units }: Shapes, hyperparameters: Hyperparameters): LayerCost[] {
  checkHeads(hyperparameters)
  const { blocks, width, heads, feedForwardUnits, dropout: rate } = hyperparameters
  const { shape, tokens } = inputs[0] as Input
  const [length, features = 1] = shape as [number, number?]
  const places = length * width
  const atEachPlace = (cost: LayerCost): LayerCost => ({
    ...cost,
    outputs: length * cost.outputs,
    flops: length * (cost.flops ?? 0),
  })
  const normal = { outputs: places, parameters: 2 * width }
  const drop = rate === 0 ? [] : [{ outputs: places }]
  const attention = {
    // queries, keys and values, the weights of each head, and the result
    outputs: 3 * places + heads * length ** 2 + places,
    parameters: 4 * (width + 1) * width,
    flops: 8 * places * width + 4 * length * places,
  }
  const [wide, narrow] = [denseCost(width, feedForwardUnits), denseCost(feedForwardUnits, width)]
  const sum = { outputs: places }
  const part = [normal, attention, ...drop, sum, normal, atEachPlace(wide), atEachPlace(narrow), ...drop, sum]
  return [
    { outputs: length * features },
    tokens === undefined
      ? atEachPlace(denseCost(features, width))
      : { outputs: places, parameters: tokens * width },
    { outputs: places, parameters: places },
    ...drop,
    ...Array.from({ length: blocks }, () => part).flat(),
    normal,
    { outputs: width },
    denseCost(width, units),
  ]
}

function checkHeads({ width, heads }: Hyperparameters): void {
  if (width % heads === 0) return
  const path = 'hyperparameters.heads'
  const expected = `a divisor of the width ${width}, which the heads share`
  throw new FlywheelError('specification-invalid', `${path}: expected ${expected}; received ${heads}`, {
    errors: [{ path, expected, received: shown(heads) }],
  })
}

export default transformerEncoder
