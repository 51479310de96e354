import type { Input } from '../contracts/family.js'
import { narrowedGroups } from '../training/pruning/channels.js'
import { narrowWeights } from '../training/pruning/narrow-weights.js'
import type { Pruning } from '../training/pruning/pruning.js'
import { type NamedTensor, packTensors, unpackTensors } from '../training/weights.js'
import { learn, ownRows } from './learning.js'
import type { Compressed, CompressionSource } from './method.js'
import type { PruneOptions } from './methods/prune.js'
import { narrowedTo } from './narrowed.js'

/**
 * When weights go. Zhu and Gupta prune for most of a training; on 4,000 images of digits (perceptron and cnn, 80 %, 5 to
 * 20 epochs) it makes no difference whether half or 0.7 of the steps take some out.
 */
const schedule = { until: 0.5, times: 50 }

/** Takes single numbers out of the kernels. */
export async function pruneWeights(given: PruneOptions, source: CompressionSource): Promise<Compressed> {
  const { trained, warnings } = await retrain(given, source, { sparsity: given.sparsity })
  const kernels = unpackTensors(trained.weights).filter(({ shape }) => shape.length > 1)
  const left = kernels.reduce((sum, kernel) => sum + nonZeros(kernel), 0)
  const all = kernels.reduce((sum, { values }) => sum + values.length, 0)
  return {
    weights: trained.weights,
    optimizer: null,
    sparsity: 1 - left / all,
    trained,
    warnings,
    details: { weights: all, weightsLeft: left, sparsity: 1 - left / all },
  }
}

/**
 * Takes channels out until the network has few enough parameters, and makes its layers as narrow as they are then.
 *
 * @throws FlywheelError specification-invalid where the family's layers can not be made narrower
 */
export async function pruneChannels(given: PruneOptions, source: CompressionSource): Promise<Compressed> {
  const { family, parent } = source
  const { shapes } = parent
  const { hyperparameters } = parent.family
  const isTooSparse = family.channels !== undefined
  const narrowed = narrowedTo({
    family,
    shapes,
    hyperparameters,
    parametersShare: 1 - given.sparsity,
    option: isTooSparse
      ? { name: 'sparsity', value: given.sparsity }
      : { name: 'structure', value: given.structure },
  })
  const { trained, warnings } = await retrain(given, source, { narrowed })
  const groups = narrowedGroups({ family, shapes, hyperparameters, narrowed })
  const parameters = (of: unknown): number => family.plan(shapes, of as never).parameters
  return {
    weights: packTensors(narrowWeights(unpackTensors(trained.weights), groups)),
    optimizer: null,
    network: {
      family: family.name,
      hyperparameters: narrowed,
      input: shapes.inputs[0] as Input,
      seed: parent.seed,
    },
    trained,
    warnings,
    details: {
      parameters: { parent: parameters(hyperparameters), child: parameters(narrowed) },
      channels: groups.map(({ size, left }) => ({ parent: size, child: left })),
      hyperparameters: narrowed,
    },
  }
}

/** The parent's network goes on learning from its own rows, with a fresh optimizer, while something is taken out. */
async function retrain(
  { epochs, learningRate }: PruneOptions,
  source: CompressionSource,
  removed: Pruning['removed'],
): ReturnType<typeof learn> {
  const { parent, family, training } = source
  const { optimizer } = training
  const { numbers: _, ...data } = await ownRows(source)
  return learn(
    {
      family,
      hyperparameters: parent.family.hyperparameters,
      input: parent.shapes.inputs[0] as Input,
      data,
      training: {
        ...training,
        epochs,
        optimizer: { ...optimizer, learningRate: learningRate ?? optimizer.learningRate },
        schedule: { name: 'cosine', warmupEpochs: 0, finalFraction: 0 },
        // The lowest validation loss may be that of a network that is not yet as sparse.
        earlyStopping: null,
      },
      initial: packTensors(unpackTensors(await source.weights())),
      pruning: { ...schedule, removed },
    },
    source,
  )
}

const nonZeros = ({ values }: NamedTensor): number =>
  Array.from(values).reduce((count, value) => count + (value === 0 ? 0 : 1), 0)
