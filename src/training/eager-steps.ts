import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { intAttribute, operationsOf, typeAttribute } from '../tensorflow/operations.js'
import { createVariable, type ResourceVariable } from '../tensorflow/variables.js'
import { clipGradients } from './gradient-clipping.js'
import { objectiveOf } from './losses.js'
import { readWeights, writeWeights } from './network.js'
import type { Optimizer } from './optimizers/optimizer.js'
import { optimizers } from './optimizers/table.js'
import type { Training } from './options.js'
import type { StepRequest, StepResults, StepRunner } from './step-runner.js'
import type { NamedTensor } from './weights.js'

/** What is trained on, held in TensorFlow's memory for as long as the runner lives. */
export interface TrainingData {
  /** [rows, width], row-major. */
  readonly features: Float32Array
  /** [rows]: class index or value. Only rows that are used must be targets. */
  readonly targets: Float64Array
  /** [rows]: weight of each row in the training loss; absent: 1. */
  readonly rowWeights?: Float32Array
}

/** A weight, its optimizer state, and the tfjs variable that the layers read. */
interface Trainable {
  readonly weight: LayersModel['trainableWeights'][number]
  readonly variable: ResourceVariable
  readonly slots: readonly { readonly name: string; readonly variable: ResourceVariable }[]
}

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
  const objective = objectiveOf(head)
  const optimizer = optimizers.find(({ name }) => name === training.optimizer.name) as Optimizer
  const inputShape = model.inputs[0]?.shape.slice(1) as number[]

  const rows = data.targets.length
  const targets = objective.targets(tf, onlyUsed(data.targets, options.used))
  const features = tf.tensor(data.features, [rows, ...inputShape])
  const rowWeights = data.rowWeights && tf.tensor1d(data.rowWeights)
  const [first, last] = [tf.scalar(0, 'int32'), tf.scalar(1, 'int32')]
  const trainables = model.trainableWeights.map(trainable)
  const weights = trainables.map(({ weight }) => weight.read())
  const lossWeightsBySize = new Map<number, Tensor>()
  const scalars: { value: number; tensor: Tensor }[] = []
  if (!model.built) model.build(model.inputs[0]?.shape as number[]) // or a sequential model shows no penalties
  const hasPenalties = tf.tidy(() => model.calculateLosses().length > 0)

  function trainable(weight: Trainable['weight']): Trainable {
    const zeros = tf.zeros(weight.shape as number[])
    const slots = optimizer.slots(training.optimizer).map((slot) => ({
      name: `${weight.originalName}/${slot}`,
      variable: createVariable(tf, zeros),
    }))
    zeros.dispose()
    return { weight, variable: createVariable(tf, weight.read()), slots }
  }

  /** Rows of a tensor, by index: [n, …]. */
  function gather(from: Tensor, indices: Tensor): Tensor {
    const params = typeAttribute('Tparams', from.dtype === 'int32' ? DataType.INT32 : DataType.FLOAT)
    return operations.one('GatherV2', [...gatherAttributes, params], [from, indices, first])
  }

  /** What each row counts in the loss: 1/n. Penalties, which stand at the end, count as they are. */
  function lossWeights(n: number): Tensor {
    const known = lossWeightsBySize.get(n)
    if (known) return known
    const values = new Float32Array(n + (hasPenalties ? 1 : 0)).fill(1 / n, 0, n).fill(1, n)
    const made = tf.keep(tf.tensor1d(values))
    lossWeightsBySize.set(n, made)
    return made
  }

  /** The rows' own weights; 1 for penalties. */
  function weightsOf(indices: Tensor): Tensor {
    const weights = gather(rowWeights as Tensor, indices)
    return hasPenalties ? tf.concat([weights, tf.ones([1])]) : weights
  }

  const penalties = (): Tensor => tf.addN(model.calculateLosses())

  /** One step. @returns the rows' losses, then the penalties; and what the model answered before the step */
  function runStep(
    batch: Int32Array,
    step: number,
    learningRate: number,
  ): { losses: Tensor; answers: Tensor } {
    setStep(step)
    const indices = tf.tensor1d(batch, 'int32')
    const x = gather(features, indices)
    const y = gather(targets, indices)
    let answers: Tensor | undefined
    const dy = rowWeights ? lossWeights(batch.length).mul(weightsOf(indices)) : lossWeights(batch.length)
    const { value: losses, grads } = tf.engine().gradients(
      () => {
        const outputs = model.apply(x, { training: true }) as Tensor
        answers = tf.keep(objective.answers(operations, outputs, last))
        const rowLosses = objective.losses(tf, outputs, y)
        return hasPenalties ? tf.concat([rowLosses, penalties().reshape([1])]) : rowLosses
      },
      weights,
      dy,
    )
    update(clipGradients(tf, grads, training.gradientClipping), step, learningRate)
    return { losses, answers: answers as Tensor }
  }

  function update(gradients: readonly Tensor[], step: number, learningRate: number): void {
    const scalars = optimizer.scalars(training.optimizer, { step, learningRate }).map(scalar)
    trainables.forEach(({ weight, variable, slots }, i) => {
      optimizer.update({
        operations,
        options: training.optimizer,
        variable: variable.handle,
        slots: slots.map((slot) => slot.variable.handle),
        gradient: gradients[i] as Tensor,
        scalars,
      })
      weight.write(variable.read())
    })
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

  function run({ batches, firstStep, learningRates }: StepRequest): StepResults {
    const done = batches.map((batch, i) =>
      tf.tidy(() => runStep(batch, firstStep + i, learningRates[i] as number)),
    )
    const losses = read(done.map((step) => step.losses))
    const answers = read(done.map((step) => step.answers))
    return {
      losses: stepLosses(losses, batches),
      metricSums: countMetrics(batches, answers),
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

  function countMetrics(batches: readonly Int32Array[], answers: Float32Array): Float64Array {
    const sums = new Float64Array(objective.metrics.length)
    let at = 0
    for (const batch of batches) {
      for (const row of batch) objective.count(sums, answers[at++] as number, data.targets[row] as number)
    }
    return sums
  }

  function evaluate(batch: Int32Array) {
    const [losses, answers] = tf.tidy(() => {
      const indices = tf.tensor1d(batch, 'int32')
      const outputs = model.apply(gather(features, indices), { training: false }) as Tensor
      const rowLosses = objective.losses(tf, outputs, gather(targets, indices))
      return [rowLosses.dataSync(), objective.answers(operations, outputs, last).dataSync()] as const
    })
    let lossSum = 0
    for (const loss of losses) lossSum += loss
    return { lossSum, metricSums: countMetrics([batch], answers as Float32Array) }
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
    run,
    evaluate,
    penalty: () => (hasPenalties ? (tf.tidy(() => penalties().dataSync())[0] as number) : 0),
    read: () => ({ weights: readWeights(model), slots: readSlots() }),
    write({ weights: values, slots }) {
      if (values) {
        writeWeights(tf, model, values)
        for (const { variable, weight } of trainables) variable.assign(weight.read())
      }
      if (slots) writeSlots(slots)
    },
    dispose() {
      tf.dispose([features, targets, first, last, ...(rowWeights ? [rowWeights] : [])])
      tf.dispose([...lossWeightsBySize.values(), ...scalars.map(({ tensor }) => tensor)])
      for (const { variable, slots } of trainables) {
        variable.dispose()
        for (const slot of slots) slot.variable.dispose()
      }
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

/** Targets of rows that are not used become 0: they may be missing. */
function onlyUsed(targets: Float64Array, used: readonly Int32Array[]): Float64Array {
  const kept = new Float64Array(targets.length)
  for (const rows of used) for (const row of rows) kept[row] = targets[row] as number
  return kept
}

const gatherAttributes = [
  intAttribute('batch_dims', 0),
  typeAttribute('Taxis', DataType.INT32),
  typeAttribute('Tindices', DataType.INT32),
]
