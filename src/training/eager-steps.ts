import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { intAttribute, operationsOf, typeAttribute } from '../tensorflow/operations.js'
import { countMetrics } from './losses.js'
import { readWeights, writeWeights } from './network.js'
import type { Training } from './options.js'
import type { RowResults, StepRequest, StepResults, StepRunner } from './step-runner.js'
import { onlyUsed, type TrainingData } from './training-data.js'
import { trainingStep } from './training-step.js'
import type { NamedTensor } from './weights.js'

/** Bounds the losses and answers that wait in TensorFlow's memory. */
const maxSteps = 128

/**
 * Runs steps one TensorFlow operation after the other. Losses and answers stay on TensorFlow's side
 * until the call ends, so that no step waits for a read.
 *
 * @param options.setStep is told the number of each step before it runs, for random layers
 */
export function eagerSteps(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly data: TrainingData
  readonly training: Pick<Training, 'optimizer' | 'gradientClipping'>
  /** The rows that are learnt from or validated on; the others need no target. */
  readonly used: readonly Int32Array[]
  readonly setStep: (step: number) => void
}): StepRunner {
  const { tf, model, head, data, training, setStep } = options
  const operations = operationsOf(tf)
  const step = trainingStep({ tf, model, head, training })
  const { objective, optimizer, trainables, hasPenalties } = step
  const inputShape = model.inputs[0]?.shape.slice(1) as number[]

  const rows = data.targets.length
  const targets = objective.targets(tf, onlyUsed(data.targets, options.used))
  const features = tf.tensor(data.features, [rows, ...inputShape])
  const rowWeights = data.rowWeights && tf.tensor1d(data.rowWeights)
  const first = tf.scalar(0, 'int32')
  const meansBySize = new Map<number, Tensor>()
  const scalars: { value: number; tensor: Tensor }[] = []

  /** Rows of a tensor, by index: [n, …]. */
  function gather(from: Tensor, indices: Tensor): Tensor {
    const params = typeAttribute('Tparams', from.dtype === 'int32' ? DataType.INT32 : DataType.FLOAT)
    return operations.one('GatherV2', [...gatherAttributes, params], [from, indices, first])
  }

  /** What each row counts in the loss: 1/n. Penalties, which stand at the end, count as they are. */
  function means(n: number): Tensor {
    const known = meansBySize.get(n)
    if (known) return known
    const values = new Float32Array(n + (hasPenalties ? 1 : 0)).fill(1 / n, 0, n).fill(1, n)
    const made = tf.keep(tf.tensor1d(values))
    meansBySize.set(n, made)
    return made
  }

  /** The rows' own weights; 1 for penalties. */
  function weightsOf(indices: Tensor): Tensor {
    const weights = gather(rowWeights as Tensor, indices)
    return hasPenalties ? tf.concat([weights, tf.ones([1])]) : weights
  }

  /** The optimizer's i-th number as a tensor; most of them are the same at every step. */
  function scalar(value: number, i: number): Tensor {
    const known = scalars[i]
    if (known?.value === value) return known.tensor
    known?.tensor.dispose()
    const tensor = tf.keep(tf.scalar(value))
    scalars[i] = { value, tensor }
    return tensor
  }

  /** One step. @returns the rows' losses, then the penalties; and what the model answered before the step */
  function runStep(
    batch: Int32Array,
    number: number,
    learningRate: number,
  ): { losses: Tensor; answers: Tensor } {
    setStep(number)
    const indices = tf.tensor1d(batch, 'int32')
    const { losses, answers, gradients } = step.gradients({
      x: gather(features, indices),
      y: gather(targets, indices),
      shares: rowWeights ? means(batch.length).mul(weightsOf(indices)) : means(batch.length),
    })
    const numbers = optimizer.scalars(training.optimizer, { step: number, learningRate })
    step.update(gradients, numbers.map(scalar))
    for (const { weight, variable } of trainables) weight.write(variable.read())
    return { losses, answers }
  }

  async function run({ batches, firstStep, learningRates }: StepRequest): Promise<StepResults> {
    const done = batches.map((batch, i) =>
      tf.tidy(() => runStep(batch, firstStep + i, learningRates[i] as number)),
    )
    const losses = read(done.map((step) => step.losses))
    const answers = read(done.map((step) => step.answers))
    return {
      losses: stepLosses(losses, batches),
      metricSums: countMetrics(objective, { batches, answers, targets: data.targets }),
    }
  }

  /** Reads tensors at once and disposes of them. */
  function read(tensors: Tensor[]): Float32Array {
    const values = tf.tidy(() => tf.concat(tensors).dataSync()) as Float32Array
    tf.dispose(tensors)
    return values
  }

  function stepLosses(values: Float32Array, batches: readonly Int32Array[]): Float64Array {
    let at = 0
    return Float64Array.from(batches, (batch) => {
      let sum = 0
      for (const row of batch) sum += (values[at++] as number) * (data.rowWeights?.[row] ?? 1)
      return sum / batch.length + (hasPenalties ? (values[at++] as number) : 0)
    })
  }

  async function evaluate(batch: Int32Array): Promise<RowResults> {
    const [losses, answers] = tf.tidy(() => {
      const indices = tf.tensor1d(batch, 'int32')
      const { losses, answers } = step.evaluate(gather(features, indices), gather(targets, indices))
      return [losses.dataSync(), answers.dataSync()] as const
    })
    let lossSum = 0
    for (const loss of losses) lossSum += loss
    return {
      lossSum,
      metricSums: countMetrics(objective, {
        batches: [batch],
        answers: answers as Float32Array,
        targets: data.targets,
      }),
    }
  }

  function readSlots(): NamedTensor[] {
    return trainables.flatMap(({ slots }) =>
      slots.map(({ name, variable }) => {
        const values = tf.tidy(() => variable.read().dataSync()) as Float32Array
        return { name, shape: variable.shape, values }
      }),
    )
  }

  return {
    metrics: objective.metrics,
    executor: 'eager',
    maxSteps,
    run,
    evaluate,
    penalty: () => (hasPenalties ? (tf.tidy(() => step.penalties().dataSync())[0] as number) : 0),
    read: () => ({ weights: readWeights(model), slots: readSlots() }),
    write({ weights: values, slots }) {
      if (values) {
        writeWeights(tf, model, values)
        for (const { variable, weight } of trainables) variable.assign(weight.read())
      }
      if (slots) writeSlots(slots)
    },
    dispose() {
      tf.dispose([features, targets, first, ...(rowWeights ? [rowWeights] : [])])
      tf.dispose([...meansBySize.values(), ...scalars.map(({ tensor }) => tensor)])
      step.dispose()
    },
  }

  function writeSlots(slots: readonly NamedTensor[]): void {
    const byName = new Map(slots.map((slot) => [slot.name, slot]))
    for (const { name, variable } of trainables.flatMap((each) => each.slots)) {
      const slot = byName.get(name)
      if (slot) tf.tidy(() => variable.assign(tf.tensor(slot.values, [...slot.shape])))
    }
  }
}

const gatherAttributes = [
  intAttribute('batch_dims', 0),
  typeAttribute('Taxis', DataType.INT32),
  typeAttribute('Tindices', DataType.INT32),
]
