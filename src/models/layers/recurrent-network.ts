import type { LayersModel, layers, SymbolicTensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { BuildContext, Channels, Input, NetworkPlan, Shapes } from '../../contracts/family.js'
import { layerMakes, layerTakes, narrowedSizes } from './channel-uses.js'
import { dropout } from './dropout.js'
import { embedding } from './embedding.js'
import { denseCost, type LayerCost, planOf } from './layer-cost.js'
import { layerSeed } from './layer-seed.js'

/** Hyperparameters of families of recurrent layers. */
export const recurrentProperties = {
  units: Type.Array(Type.Integer({ minimum: 1, maximum: 4096 }), {
    default: [64],
    minItems: 1,
    maxItems: 16,
    description: 'Width of each recurrent layer; the last one’s last output gives the logits',
  }),
  embeddingWidth: Type.Integer({
    default: 64,
    minimum: 1,
    maximum: 4096,
    description: 'Width of a token’s vector; without meaning where rows are series of measurements',
  }),
  dropout: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 0.95,
    description: 'Share of each recurrent layer’s outputs that is dropped in training',
  }),
}

export interface RecurrentHyperparameters {
  readonly units: readonly number[]
  readonly embeddingWidth: number
  readonly dropout: number
}

/** What a kind of recurrent layer costs for an element of its output, and how many columns of weights it has for it. */
export interface RecurrentKind {
  /** Gates and candidates, each with its weights. */
  readonly columns: number
  readonly biases: number
  /** Elements kept for the gradient. */
  readonly kept: number
}

/** Recurrent layers one after the other, each followed by dropout; the last output gives the logits. */
export function recurrentNetwork(
  { tf, shapes, hyperparameters, seed, step }: BuildContext<RecurrentHyperparameters>,
  recurrent: (
    number: number,
    options: { units: number; returnSequences: boolean; seed: number },
  ) => layers.Layer,
): LayersModel {
  const { units, embeddingWidth, dropout: rate } = hyperparameters
  const { shape, tokens } = shapes.inputs[0] as Input
  const apply = (layer: layers.Layer, x: SymbolicTensor): SymbolicTensor => layer.apply(x) as SymbolicTensor
  const features = tf.input({ shape: [...shape], name: 'features' })
  let x = features
  if (tokens !== undefined) {
    const table = { name: 'embedding', inputDim: tokens, outputDim: embeddingWidth, seed: layerSeed(seed, 0) }
    x = apply(embedding(tf, table), x)
  }
  units.forEach((width, i) => {
    const returnSequences = i < units.length - 1
    x = apply(recurrent(i + 1, { units: width, returnSequences, seed: layerSeed(seed, 2 * i + 1) }), x)
    const mask = { name: `dropout_${i + 1}`, rate, seed: layerSeed(seed, 2 * i + 2), step }
    if (rate > 0) x = apply(dropout(tf, mask), x)
  })
  const kernelInitializer = tf.initializers.glorotUniform({ seed: layerSeed(seed, 2 * units.length + 1) })
  const logits = tf.layers.dense({ name: 'logits', units: shapes.units, kernelInitializer })
  return tf.model({ inputs: features, outputs: apply(logits, x) })
}

/** Gates stand side by side in a recurrent layer's weights: a unit has a column of each. */
export const recurrentChannels = <Hyperparameters extends RecurrentHyperparameters>(
  kind: string,
): Channels<Hyperparameters> => ({
  groups: (_, { units }) =>
    units.map((size, i) => {
      const name = `${kind}_${i + 1}`
      const next = i + 1 < units.length ? `${kind}_${i + 2}` : 'logits'
      return {
        size,
        uses: [
          ...layerMakes(name),
          { weight: `${name}/recurrent_kernel`, axis: -1, makes: true },
          { weight: `${name}/recurrent_kernel`, axis: -2, makes: false },
          layerTakes(next),
        ],
      }
    }),
  narrowed: (hyperparameters, share) => ({
    ...hyperparameters,
    units: narrowedSizes(hyperparameters.units, share),
  }),
})

export function recurrentPlan(
  shapes: Shapes,
  { units, embeddingWidth, dropout: rate }: RecurrentHyperparameters,
  { columns, biases, kept }: RecurrentKind,
): NetworkPlan {
  const { shape, tokens } = shapes.inputs[0] as Input
  const [steps, features = 1] = shape as [number, number?]
  const costs: LayerCost[] = [{ outputs: steps * features }]
  if (tokens !== undefined) {
    costs.push({ outputs: steps * embeddingWidth, parameters: tokens * embeddingWidth })
  }
  let inputs = tokens === undefined ? features : embeddingWidth
  units.forEach((width, i) => {
    const outputs = i < units.length - 1 ? steps * width : width
    costs.push({
      outputs: outputs + kept * steps * width,
      parameters: columns * width * (inputs + width) + biases * width,
      flops: 2 * steps * columns * width * (inputs + width),
    })
    if (rate > 0) costs.push({ outputs })
    inputs = width
  })
  return planOf([...costs, denseCost(inputs, shapes.units)])
}
