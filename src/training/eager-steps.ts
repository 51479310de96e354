import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { DataType } from '../tensorflow/data-types.js'
import { intAttribute, operationsOf, typeAttribute } from '../tensorflow/operations.js'
import type { Augmented } from './augmentations/augmentation.js'
import type { SoftTargets } from './distillation.js'
import { countMetrics } from './losses.js'
import { readWeights, writeWeights } from './network.js'
import type { Training } from './options.js'
import { partsOf } from './order.js'
import type { Masks } from './pruning/pruner.js'
import type { RowResults, StepRequest, StepResults, StepRunner } from './step-runner.js'
import { onlyUsed, type TrainingData } from './training-data.js'
import { isTrainable, trainingStep } from './training-step.js'
import type { NamedTensor } from './weights.js'

/** Bounds the losses and answers that wait in TensorFlow's memory. */
const maxBatches = 128

/**
 * Runs steps one TensorFlow operation after the other. Losses and answers stay on TensorFlow's side
 * until the call ends, so that no step waits for a read.
 *
 * @param options.setStep is told the number of each batch before it runs, for random layers
 */
export function eagerSteps(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly data: TrainingData
  readonly training: Pick<
    Training,
    'optimizer' | 'gradientClipping' | 'batchSize' | 'gradientAccumulationSteps'
  >
  /** A teacher's answers to the rows. */
  readonly soft?: SoftTargets | null
  /** Whether each of the model's weights may be masked; default: none. */
  readonly isMasked?: readonly boolean[] | undefined
  /** The rows that are learnt from or validated on; the others need no target. */
  readonly used: readonly Int32Array[]
  readonly setStep: (step: number) => void
  readonly augment?: ((x: Tensor) => Augmented) | undefined
  /** Why the steps are not compiled. */
  readonly reason: string
}): StepRunner {
  const { tf, model, data, training, soft = null, setStep } = options
  const operations = operationsOf(tf)
  const step = trainingStep({ ...options, soft })
  const { objective, optimizer, trainables, hasPenalties } = step
  const inputShape = model.inputs[0]?.shape.slice(1) as number[]

  const rows = data.targets.length
  const targets = objective.targets(tf, onlyUsed(data.targets, options.used))
  const features = tf.tensor(data.features, [rows, ...inputShape])
  const rowWeights = data.rowWeights && tf.tensor1d(data.rowWeights)
  const softRows = soft && tf.tensor2d(soft.values, [rows, soft.width])
  const first = tf.scalar(0, 'int32')
  const meansBySize = new Map<string, Tensor>()
  const { batchSize, gradientAccumulationSteps } = training
  const scalars: { value: number; tensor: Tensor }[] = []

  /** Rows of a tensor, by index: [n, …]. */
  function gather(from: Tensor, indices: Tensor): Tensor {
    const params = typeAttribute('Tparams', from.dtype === 'int32' ? DataType.INT32 : DataType.FLOAT)
    return operations.one('GatherV2', [...gatherAttributes, params], [from, indices, first])
  }

  /** What each row counts in the loss of `of` rows. Penalties, which stand at the end, count once in all of them. */
  function means(rows: number, of: number): Tensor {
    const key = `${rows} of ${of}`
    const known = meansBySize.get(key)
    if (known) return known
    const values = new Float32Array(rows + (hasPenalties ? 1 : 0)).fill(1 / of, 0, rows).fill(rows / of, rows)
    const made = tf.keep(tf.tensor1d(values))
    meansBySize.set(key, made)
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

  /** One batch of a step over `of` rows. */
  function runBatch(batch: Int32Array, of: number) {
    const indices = tf.tensor1d(batch, 'int32')
    const shares = means(batch.length, of)
    const x = gather(features, indices)
    const results = step.gradients({
      x,
      y: gather(targets, indices),
      soft: softRows && gather(softRows, indices),
      shares: rowWeights ? shares.mul(weightsOf(indices)) : shares,
    })
    x.dispose() // further batches of the step may follow
    return results
  }

  /** One step. @returns of each batch the rows' losses, then the penalties; and what the model answered before */
  function runStep(
    rows: Int32Array,
    number: number,
    learningRate: number,
  ): { losses: Tensor; answers: Tensor }[] {
    let sums: readonly Tensor[] | null = null
    const done = partsOf(rows, batchSize).map((batch, i) => {
      setStep(number * gradientAccumulationSteps + i)
      const { losses, answers, gradients } = runBatch(batch, rows.length)
      sums = sums === null ? gradients : added(sums, gradients)
      return { losses, answers }
    })
    const numbers = optimizer.scalars(training.optimizer, { step: number, learningRate })
    step.update(sums as unknown as readonly Tensor[], numbers.map(scalar))
    for (const { weight, variable } of trainables) weight.write(variable.read())
    return done
  }

  /** The sums, in place of what they are made of. */
  function added(sums: readonly Tensor[], gradients: readonly Tensor[]): readonly Tensor[] {
    const total = sums.map((sum, i) => tf.add(sum, gradients[i] as Tensor))
    tf.dispose([...sums, ...gradients])
    return total
  }

  let computeMs = 0
  async function run({ batches, firstStep, learningRates }: StepRequest): Promise<StepResults> {
    const started = performance.now()
    const done = batches.flatMap((rows, i) =>
      tf.tidy(() => runStep(rows, firstStep + i, learningRates[i] as number)),
    )
    const losses = read(done.map((step) => step.losses))
    const answers = read(done.map((step) => step.answers))
    computeMs += performance.now() - started
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
    return Float64Array.from(batches, (rows) => {
      let sum = 0
      for (const batch of partsOf(rows, batchSize)) {
        for (const row of batch) sum += (values[at++] as number) * (data.rowWeights?.[row] ?? 1)
        if (hasPenalties) sum += (values[at++] as number) * batch.length
      }
      return sum / rows.length
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
    executorReason: options.reason,
    compileSeconds: 0,
    get computeMs() {
      return computeMs
    },
    isTrainable: isTrainable(model),
    maxSteps: Math.max(1, Math.floor(maxBatches / gradientAccumulationSteps)),
    run,
    evaluate,
    penalty: () => (hasPenalties ? (tf.tidy(() => step.penalties().dataSync())[0] as number) : 0),
    read: () => ({ weights: readWeights(model), slots: readSlots() }),
    write({ weights: values, slots, masks }) {
      if (values) {
        writeWeights(tf, model, values)
        for (const { variable, weight } of trainables) variable.assign(weight.read())
      }
      if (slots) writeSlots(slots)
      if (masks) writeMasks(masks)
    },
    dispose() {
      tf.dispose([
        features,
        targets,
        first,
        ...(rowWeights ? [rowWeights] : []),
        ...(softRows ? [softRows] : []),
      ])
      tf.dispose([...meansBySize.values(), ...scalars.map(({ tensor }) => tensor)])
      step.dispose()
    },
  }

  function writeMasks(masks: Masks): void {
    for (const { weight, mask } of trainables) {
      const values = masks[model.weights.indexOf(weight)]
      if (mask === null || !values) continue
      mask.tensor.dispose()
      mask.tensor = tf.tensor(values, weight.shape as number[])
    }
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
