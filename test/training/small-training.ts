import type { Checkpoints } from '../../src/contracts/job.js'
import type { Head } from '../../src/contracts/task.js'
import mlp from '../../src/models/mlp.js'
import { resolveTraining, type TrainingOptions } from '../../src/training/options.js'
import type { TrainOptions } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'

export const classifier: Head = { units: 3, activation: 'softmax', loss: 'categorical-crossentropy' }
export const regressor: Head = { units: 1, activation: 'linear', loss: 'mean-squared-error' }

const range = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i)

/** A training of 80 rows in 3 columns, with 20 rows for validation; `more` replaces what it names. */
export async function smallTraining(
  {
    training = {},
    head = classifier,
    hyperparameters = {},
  }: { training?: TrainingOptions; head?: Head; hyperparameters?: object } = {},
  more: Partial<TrainOptions> = {},
): Promise<TrainOptions> {
  const { tf } = await testTensorFlow()
  const rows = 100
  const features = Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * i))
  const target = (row: number): number => {
    const sum = (features[row * 3] as number) + (features[row * 3 + 1] as number)
    return head.loss === 'mean-squared-error' ? sum : sum < -0.5 ? 0 : sum > 0.5 ? 2 : 1
  }
  return {
    tf,
    family: mlp,
    hyperparameters: { hiddenUnits: [16], activation: 'relu', dropout: 0, l2: 0, ...hyperparameters },
    shapes: { inputs: [{ name: 'features', shape: [3] }], units: head.units },
    head,
    data: {
      features,
      targets: Float64Array.from({ length: rows }, (_, row) => target(row)),
      training: range(0, 80),
      validation: range(80, 100),
    },
    training: resolveTraining(training, { rows }),
    ...more,
  }
}

/** Keeps every checkpoint in memory, as text and bytes; `onSave` is told how many there are. */
export function keptCheckpoints(onSave: (count: number) => void = () => {}) {
  const saved: { meta: string; tensors: Buffer }[] = []
  const checkpoints: Checkpoints = {
    save: async ({ meta, tensors }) => {
      saved.push({ meta: JSON.stringify(meta), tensors: Buffer.from(tensors) })
      onSave(saved.length)
    },
    latest: async () => {
      const last = saved.at(-1)
      return last ? { meta: JSON.parse(last.meta), tensors: last.tensors } : null
    },
  }
  return { saved, checkpoints }
}
