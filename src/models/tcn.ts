import type { layers, SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import type { BuildContext, Family, Input, Shapes } from '../contracts/family.js'
import { causalConvolution, causalConvolutionInner } from './layers/causal-convolution.js'
import { dropout } from './layers/dropout.js'
import { embedding } from './layers/embedding.js'
import { lastStep } from './layers/last-step.js'
import { denseCost, type LayerCost, planOf } from './layers/layer-cost.js'
import { layerSeed } from './layers/layer-seed.js'

const Hyperparameters = Type.Object(
  {
    filters: Type.Array(Type.Integer({ minimum: 1, maximum: 4096 }), {
      default: [32, 32, 32],
      minItems: 1,
      maxItems: 20,
      description:
        'Channels of each block, which has two convolutions; the first block’s taps are 1 step apart, and twice as many in each next one',
    }),
    kernelSize: Type.Integer({
      default: 3,
      minimum: 2,
      maximum: 64,
      description:
        'Taps of each convolution: an output sees 1 + 2 · (kernelSize − 1) · (2^blocks − 1) steps, itself among them',
    }),
    pooling: Type.Enum(['mean', 'last'], {
      default: 'mean',
      description:
        'What gives the logits: the mean over all steps, or the last step, which knows only the steps that it sees',
    }),
    dropout: Type.Number({
      default: 0.1,
      minimum: 0,
      maximum: 0.95,
      description: 'Share of each convolution’s outputs that is dropped in training',
    }),
    embeddingWidth: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 4096,
      description: 'Width of a token’s vector; without meaning where rows are series of measurements',
    }),
  },
  { additionalProperties: false },
)
type Hyperparameters = Static<typeof Hyperparameters>

/**
 * Temporal convolutional network (Bai et al. 2018): residual blocks of two dilated causal convolutions. Unlike there,
 * weights are not normalised, and by default the mean over all steps gives the logits, so that long series count whole.
 */
const tcn: Family<typeof Hyperparameters> = {
  name: 'tcn',
  summary: 'Temporal convolutional network: dilated causal convolutions over series or tokens',
  tasks: ['tabular-classification', 'tabular-regression', 'text-classification'],
  rows: ['series', 'tokens'],
  hyperparameters: Hyperparameters,

  plan: (shapes, hyperparameters) => planOf(costs(shapes, hyperparameters)),

  build(context) {
    const { tf, shapes, hyperparameters, seed } = context
    const { filters, embeddingWidth, pooling } = hyperparameters
    const { shape, tokens } = shapes.inputs[0] as Input
    const features = tf.input({ shape: [...shape], name: 'features' })
    const table = { name: 'embedding', outputDim: embeddingWidth, seed: layerSeed(seed, 0) }
    const embedded =
      tokens === undefined ? features : apply(embedding(tf, { ...table, inputDim: tokens }), features)
    const series = filters.reduce((x, _, i) => block(context, x, i), embedded)
    const pool =
      pooling === 'mean'
        ? tf.layers.globalAveragePooling1d({ name: 'mean' })
        : lastStep(tf, { name: 'last_step' })
    const kernelInitializer = tf.initializers.glorotUniform({ seed: layerSeed(seed, 1) })
    const logits = tf.layers.dense({ name: 'logits', units: shapes.units, kernelInitializer })
    return tf.model({ inputs: features, outputs: apply(logits, apply(pool, series)) })
  },
}

/** Numbers of seeds that each block has; the layers before and after the blocks have the first ones. */
const seedsPerBlock = 8

const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
  layer.apply(x) as SymbolicTensor

const dilationOf = (block: number): number => 2 ** block

/** relu(x + convolved(convolved(x))), where x has its channels changed by a product if it must. */
function block(
  { tf, hyperparameters, seed, step }: BuildContext<Hyperparameters>,
  x: SymbolicTensor,
  index: number,
): SymbolicTensor {
  const { kernelSize, dropout: rate } = hyperparameters
  const filters = hyperparameters.filters[index] as number
  const name = (part: string): string => `block_${index + 1}_${part}`
  const seedOf = (part: number): number => layerSeed(seed, (index + 1) * seedsPerBlock + part)
  const relu = (part: string, y: SymbolicTensor): SymbolicTensor =>
    apply(tf.layers.activation({ name: name(part), activation: 'relu' }), y)

  function convolved(input: SymbolicTensor, number: 1 | 2): SymbolicTensor {
    const options = { filters, kernelSize, dilationRate: dilationOf(index), seed: seedOf(number) }
    const layer = causalConvolution(tf, { ...options, name: name(`convolution_${number}`) })
    const y = relu(`relu_${number}`, apply(layer, input))
    const mask = { name: name(`dropout_${number}`), rate, seed: seedOf(number + 2), step }
    return rate === 0 ? y : apply(dropout(tf, mask), y)
  }

  const y = convolved(convolved(x, 1), 2)
  const kernelInitializer = tf.initializers.glorotUniform({ seed: seedOf(0) })
  const shortcut =
    x.shape.at(-1) === filters
      ? x
      : apply(tf.layers.dense({ name: name('shortcut'), units: filters, kernelInitializer }), x)
  return relu('relu', apply(tf.layers.add({ name: name('sum') }), [shortcut, y]))
}

function costs({ inputs, units }: Shapes, hyperparameters: Hyperparameters): LayerCost[] {
  const { filters, kernelSize, dropout: rate, embeddingWidth } = hyperparameters
  const { shape, tokens } = inputs[0] as Input
  const [length, features = 1] = shape as [number, number?]
  const all: LayerCost[] = [{ outputs: length * features }]
  if (tokens !== undefined) {
    all.push({ outputs: length * embeddingWidth, parameters: tokens * embeddingWidth })
  }
  let channels = tokens === undefined ? features : embeddingWidth
  filters.forEach((count, i) => {
    const output = { outputs: length * count }
    for (const from of [channels, count]) {
      const seen = causalConvolutionInner({
        length,
        channels: from,
        kernelSize,
        dilationRate: dilationOf(i),
      })
      const parameters = (kernelSize * from + 1) * count
      all.push({ outputs: seen + output.outputs, parameters, flops: 2 * seen * count }, output)
      if (rate > 0) all.push(output)
    }
    if (channels !== count) {
      const { parameters, flops = 0 } = denseCost(channels, count)
      all.push({ ...output, parameters: parameters as number, flops: length * flops })
    }
    all.push(output, output) // sum, relu
    channels = count
  })
  return [...all, { outputs: channels }, denseCost(channels, units)]
}

export default tcn
