import type { layers, SymbolicTensor } from '@tensorflow/tfjs'
import { type Static, Type } from 'typebox'
import { FlywheelError, shown } from '../contracts/errors.js'
import type { BuildContext, Family, Shapes } from '../contracts/family.js'
import { batchNormalization } from './layers/batch-normalization.js'
import { layerMakes, layerTakes, narrowedSizes, normalizedMakes } from './layers/channel-uses.js'
import { dropout } from './layers/dropout.js'
import {
  batchNormalizationCost,
  convolutionCost,
  convolved,
  denseCost,
  elements,
  type Image,
  type LayerCost,
  planOf,
} from './layers/layer-cost.js'
import { layerSeed } from './layers/layer-seed.js'

/** Side and stride of the windows of pooling. */
const pool = 2
/** Share of the averages of batch normalisation that stays at a step, PyTorch's: with Keras's 0.99 the first epochs of a small dataset are validated with averages that still hold their first values. */
const momentum = 0.9

const Hyperparameters = Type.Object(
  {
    filters: Type.Array(Type.Integer({ minimum: 1, maximum: 4096 }), {
      default: [32, 64],
      minItems: 1,
      maxItems: 12,
      description: 'Filters of each convolution; each is followed by 2×2 max pooling, which halves the image',
    }),
    kernelSize: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 15,
      description: 'Side of the convolutions’ square kernels, in pixels',
    }),
    padding: Type.Enum(['same', 'valid'], {
      default: 'same',
      description: 'same: a convolution keeps the image’s size; valid: it loses kernelSize − 1 pixels',
    }),
    denseUnits: Type.Array(Type.Integer({ minimum: 1, maximum: 65_536 }), {
      default: [128],
      maxItems: 16,
      description: 'Width of each dense layer between the convolutions and the output',
    }),
    activation: Type.Enum(['relu', 'elu', 'selu', 'sigmoid', 'softsign', 'tanh'], {
      default: 'relu',
      description: 'Of the convolutions and the dense layers',
    }),
    batchNormalization: Type.Boolean({
      default: false,
      description: 'Whether each convolution’s output is normalised before its activation',
    }),
    dropout: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 0.95,
      description: 'Share of each dense layer’s outputs that is dropped in training',
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

/** Convolutional neural network (LeCun et al. 1998): convolutions with max pooling, then dense layers. */
const cnn: Family<typeof Hyperparameters> = {
  name: 'cnn',
  summary: 'Convolutional neural network: convolutions with max pooling, then dense layers, for images',
  tasks: ['image-classification', 'tabular-classification', 'tabular-regression'],
  rows: ['image'],
  hyperparameters: Hyperparameters,

  plan(shapes, hyperparameters) {
    const { denseUnits, dropout: rate } = hyperparameters
    const { images, costs } = convolutions(shapes, hyperparameters)
    const features = elements(images.at(-1) as Image)
    const widths = [features, ...denseUnits, shapes.units]
    return planOf([
      { outputs: elements(images[0] as Image) }, // the input
      ...costs,
      { outputs: features }, // flattened
      ...widths.slice(1).map((units, i) => denseCost(widths[i] as number, units)),
      ...(rate > 0 ? denseUnits.map((outputs) => ({ outputs })) : []),
    ])
  },

  channels: {
    groups(_, { filters, denseUnits, batchNormalization: isNormalized }) {
      const dense = [...denseUnits.map((__, i) => `hidden_${i + 1}`), 'logits']
      return [
        ...filters.map((size, i) => ({
          size,
          uses: [
            ...(isNormalized
              ? normalizedMakes(`convolution_${i + 1}`, `normalization_${i + 1}`)
              : layerMakes(`convolution_${i + 1}`)),
            // A flattened image has its channels side by side for each pixel.
            layerTakes(i + 1 < filters.length ? `convolution_${i + 2}` : (dense[0] as string)),
          ],
        })),
        ...denseUnits.map((size, i) => ({
          size,
          uses: [...layerMakes(dense[i] as string), layerTakes(dense[i + 1] as string)],
        })),
      ]
    },
    narrowed: (hyperparameters, share) => ({
      ...hyperparameters,
      filters: narrowedSizes(hyperparameters.filters, share),
      denseUnits: narrowedSizes(hyperparameters.denseUnits, share),
    }),
  },

  build(context) {
    const { tf, shapes, hyperparameters } = context
    convolutions(shapes, hyperparameters) // refuses images that are too small
    const input = tf.input({ shape: [...(shapes.inputs[0]?.shape ?? [])], name: 'features' })
    const outputs = [...convolutionLayers(context), tf.layers.flatten(), ...denseLayers(context)].reduce(
      (x, layer) => layer.apply(x) as SymbolicTensor,
      input,
    )
    return tf.model({ inputs: input, outputs })
  },
}

/**
 * The images before, between and after the blocks of convolution and pooling, and what their layers cost.
 *
 * @throws FlywheelError specification-invalid when a block would get an image that it makes nothing of
 */
function convolutions({ inputs }: Shapes, hyperparameters: Hyperparameters) {
  const { filters, batchNormalization: isNormalized, ...convolution } = hyperparameters
  const [height, width, channels] = (inputs[0]?.shape ?? []) as [number, number, number]
  const images: Image[] = [{ height, width, channels }]
  const costs: LayerCost[] = []
  for (const count of filters) {
    const image = images.at(-1) as Image
    const layer = { ...convolution, filters: count, useBias: !isNormalized }
    const wide = convolved(image, layer)
    const pooled = { ...wide, height: Math.floor(wide.height / pool), width: Math.floor(wide.width / pool) }
    if (pooled.height < 1 || pooled.width < 1) throw tooSmall(images, hyperparameters)
    costs.push(convolutionCost(image, layer))
    if (isNormalized) costs.push(batchNormalizationCost(wide))
    costs.push({ outputs: elements(pooled) }, { outputs: elements(pooled) }) // pooled, activated
    images.push(pooled)
  }
  return { images, costs }
}

/**
 * The activation stands after the pooling: it never falls, so that it keeps the largest of a window, and the answers are
 * those of the usual order, while it and its gradient go over a quarter of the numbers.
 */
function convolutionLayers({ tf, hyperparameters, seed }: Context): layers.Layer[] {
  const { filters, kernelSize, padding, activation, batchNormalization: isNormalized, l2 } = hyperparameters
  return filters.flatMap((count, i) => {
    const number = i + 1
    const convolution = tf.layers.conv2d({
      name: `convolution_${number}`,
      filters: count,
      kernelSize,
      padding,
      useBias: !isNormalized, // the normalisation would take it away again
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(seed, i) }), // Keras's default
      ...(l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {}),
    })
    return [
      convolution,
      ...(isNormalized ? [batchNormalization(tf, { name: `normalization_${number}`, momentum })] : []),
      tf.layers.maxPooling2d({ name: `pooling_${number}`, poolSize: pool }),
      tf.layers.activation({ name: `activation_${number}`, activation }),
    ]
  })
}

function denseLayers({ tf, shapes, hyperparameters, seed, step }: Context): layers.Layer[] {
  const { filters, denseUnits, activation, dropout: rate, l2 } = hyperparameters
  const dense = (
    name: string,
    options: { units: number; activation: typeof activation | 'linear' },
    layer: number,
  ) =>
    tf.layers.dense({
      name,
      ...options,
      kernelInitializer: tf.initializers.glorotUniform({ seed: layerSeed(seed, layer) }), // Keras's default
      ...(l2 > 0 ? { kernelRegularizer: tf.regularizers.l2({ l2 }) } : {}),
    })
  const hidden = denseUnits.flatMap((units, i) => {
    const layer = filters.length + 2 * i
    const mask = { name: `dropout_${i + 1}`, rate, seed: layerSeed(seed, layer + 1), step }
    return [dense(`hidden_${i + 1}`, { units, activation }, layer), ...(rate > 0 ? [dropout(tf, mask)] : [])]
  })
  const last = filters.length + 2 * denseUnits.length
  return [...hidden, dense('logits', { units: shapes.units, activation: 'linear' }, last)]
}
type Context = BuildContext<Hyperparameters>

function tooSmall(
  images: readonly Image[],
  { filters, kernelSize, padding }: Hyperparameters,
): FlywheelError {
  const path = 'hyperparameters.filters'
  const [given, last] = [images[0], images.at(-1)].map((image) => `${image?.height}×${image?.width}`)
  const needed = padding === 'same' ? pool : kernelSize - 1 + pool
  const expected =
    `at most ${images.length - 1} convolutions for images of ${given}: then ${last} is left, and another one ` +
    `with its pooling needs ${needed}×${needed} (padding ${padding}, kernelSize ${kernelSize})`
  return new FlywheelError('specification-invalid', `${path}: expected ${expected}`, {
    errors: [{ path, expected, received: shown(filters) }],
  })
}

export default cnn
