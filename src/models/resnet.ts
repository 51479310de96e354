import type { layers, SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import type { BuildContext, ChannelGroup, ChannelUse, Family, Shapes } from '../contracts/family.js'
import { batchNormalization } from './layers/batch-normalization.js'
import { layerTakes, narrowedSize, normalizedMakes } from './layers/channel-uses.js'
import {
  batchNormalizationCost,
  type Convolution,
  convolutionCost,
  convolved,
  denseCost,
  elements,
  type Image,
  type LayerCost,
  planOf,
} from './layers/layer-cost.js'
import { layerSeed } from './layers/layer-seed.js'

/** Share of the averages of batch normalisation that stays at a step: PyTorch's, since jobs may have few steps. */
const momentum = 0.9
/** Convolutions of a residual block; the paper's. */
const kernelSize = 3
const stages = 3

const Hyperparameters = Type.Object(
  {
    depth: Type.Enum([8, 14, 20, 26, 32, 44, 56, 110], {
      default: 20,
      description: 'Layers with weights on the longest way: 6n + 2 for n blocks in each of the three stages',
    }),
    width: Type.Integer({
      default: 16,
      minimum: 1,
      maximum: 512,
      description: 'Filters of the first stage; the second has twice, the third four times as many',
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

/** Two convolutions around which the block's input is added, by a convolution of 1×1 where the shape changes. */
interface Block {
  readonly name: string
  readonly input: Image
  readonly first: Convolution
  readonly second: Convolution
  readonly shortcut: Convolution | null
}

/**
 * Residual network for small images (He et al. 2016, section 4.2): a convolution, three stages of residual blocks of
 * which the second and third halve the image, and the mean over its pixels. Shortcuts are the paper's option B.
 */
const resnet: Family<typeof Hyperparameters> = {
  name: 'resnet',
  summary: 'Residual network: many convolutions with shortcuts and batch normalisation, for small images',
  tasks: ['image-classification', 'tabular-classification', 'tabular-regression'],
  rows: ['image'],
  hyperparameters: Hyperparameters,

  plan(shapes, hyperparameters) {
    const { image, stem, blocks, last } = architecture(shapes, hyperparameters)
    return planOf([
      { outputs: elements(image) },
      ...normalizedCosts(image, stem),
      { outputs: elements(convolved(image, stem)) }, // the activation
      ...blocks.flatMap(blockCosts),
      { outputs: last.channels }, // the mean over the pixels
      denseCost(last.channels, shapes.units),
    ])
  },

  channels: {
    groups(shapes, hyperparameters) {
      const { stem, blocks } = architecture(shapes, hyperparameters)
      return [
        ...streams(blocks, stem),
        ...blocks.map(({ name, first }) => ({
          size: first.filters,
          uses: [...normalizedMakes(`${name}_1`, `${name}_1_normalization`), layerTakes(`${name}_2`)],
        })),
      ]
    },
    narrowed: (hyperparameters, share) => ({
      ...hyperparameters,
      width: narrowedSize(hyperparameters.width, share),
    }),
  },

  build(context) {
    const { tf, shapes, hyperparameters, seed } = context
    const { stem, blocks } = architecture(shapes, hyperparameters)
    const relu = (name: string): layers.Layer => tf.layers.activation({ name, activation: 'relu' })
    const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) =>
      layer.apply(x) as SymbolicTensor
    const normalized = normalizedConvolutions(context)

    const input = tf.input({ shape: [...(shapes.inputs[0]?.shape ?? [])], name: 'features' })
    const started = apply(relu('stem_relu'), normalized('stem', stem, input))
    const features = blocks.reduce((x, { name, first, second, shortcut }) => {
      const inner = apply(relu(`${name}_1_relu`), normalized(`${name}_1`, first, x))
      const residual = normalized(`${name}_2`, second, inner)
      const straight = shortcut ? normalized(`${name}_shortcut`, shortcut, x) : x
      return apply(relu(`${name}_relu`), apply(tf.layers.add({ name: `${name}_sum` }), [residual, straight]))
    }, started)
    const mean = apply(
      tf.layers.globalAveragePooling2d({ name: 'mean', dataFormat: 'channelsLast' }),
      features,
    )
    const logits = tf.layers.dense({
      name: 'logits',
      units: shapes.units,
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(seed, 0) }),
      ...penalty(context),
    })
    return tf.model({ inputs: input, outputs: apply(logits, mean) })
  },
}

function architecture({ inputs }: Shapes, { depth, width }: Hyperparameters) {
  const [height, wide, channels] = (inputs[0]?.shape ?? []) as [number, number, number]
  const image: Image = { height, width: wide, channels }
  const stem = { filters: width, kernelSize, useBias: false }
  const blocksOfStage = (depth - 2) / (2 * stages)
  const blocks: Block[] = []
  let last = convolved(image, stem)
  for (let i = 0; i < stages * blocksOfStage; i++) {
    const stage = Math.floor(i / blocksOfStage)
    const filters = width * 2 ** stage
    const isFirst = i % blocksOfStage === 0
    const strides = isFirst && stage > 0 ? 2 : 1
    const block: Block = {
      name: `stage_${stage + 1}_block_${(i % blocksOfStage) + 1}`,
      input: last,
      first: { filters, kernelSize, strides, useBias: false },
      second: { filters, kernelSize, useBias: false },
      shortcut: strides > 1 ? { filters, kernelSize: 1, strides, useBias: false } : null,
    }
    blocks.push(block)
    last = convolved(last, block.first)
  }
  return { image, stem, blocks, last }
}

/** What goes through a stage: all its blocks add to the same channels. */
function streams(blocks: readonly Block[], stem: Convolution): ChannelGroup[] {
  const groups: { size: number; uses: ChannelUse[] }[] = [
    { size: stem.filters, uses: normalizedMakes('stem', 'stem_normalization') },
  ]
  for (const { name, second, shortcut } of blocks) {
    const before = groups.at(-1) as (typeof groups)[number]
    before.uses.push(layerTakes(`${name}_1`))
    if (shortcut !== null) {
      before.uses.push(layerTakes(`${name}_shortcut`))
      groups.push({
        size: second.filters,
        uses: normalizedMakes(`${name}_shortcut`, `${name}_shortcut_normalization`),
      })
    }
    groups.at(-1)?.uses.push(...normalizedMakes(`${name}_2`, `${name}_2_normalization`))
  }
  groups.at(-1)?.uses.push(layerTakes('logits'))
  return groups
}

function blockCosts({ input, first, second, shortcut }: Block): LayerCost[] {
  const output = convolved(input, first)
  const pass = { outputs: elements(output) }
  return [
    ...normalizedCosts(input, first),
    pass, // the activation
    ...normalizedCosts(output, second),
    ...(shortcut ? normalizedCosts(input, shortcut) : []),
    pass, // the sum
    pass, // its activation
  ]
}

const normalizedCosts = (image: Image, convolution: Convolution): LayerCost[] => [
  convolutionCost(image, convolution),
  batchNormalizationCost(convolved(image, convolution)),
]

/**
 * Makes convolutions with their normalisation, each with a seed of its own. Their kernels are He et al.'s (2015), as in
 * the paper: so many layers of ReLU would shrink what Glorot's pass on. tfjs's own heNormal has 0.77 of that variance.
 */
function normalizedConvolutions(context: Context) {
  const { tf, seed } = context
  let count = 0
  return (name: string, convolution: Convolution, x: SymbolicTensor): SymbolicTensor => {
    const layer = tf.layers.conv2d({
      name,
      ...convolution,
      padding: 'same',
      kernelInitializer: tf.initializers.randomNormal({
        mean: 0,
        stddev: Math.sqrt(2 / (convolution.kernelSize ** 2 * (x.shape.at(-1) as number))),
        seed: layerSeed(seed, ++count),
      }),
      ...penalty(context),
    })
    const normalization = batchNormalization(tf, { name: `${name}_normalization`, momentum })
    return normalization.apply(layer.apply(x)) as SymbolicTensor
  }
}

const penalty = ({ tf, hyperparameters: { l2 } }: Context) =>
  l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {}

type Context = BuildContext<Hyperparameters>

export default resnet
