import type { LayersModel, Scalar, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { DataType } from '../../tensorflow/data-types.js'
import { refuseFrozenValues } from '../../tensorflow/graph/frozen-values.js'
import type { GraphBuilder, Output } from '../../tensorflow/graph/graph-builder.js'
import { type Argument, bodyOf, type Loop } from '../../tensorflow/graph/loop.js'
import { trace } from '../../tensorflow/graph/trace.js'
import type { Training } from '../options.js'
import type { TrainingStep } from '../training-step.js'
import type { BatchSource, BlockSize } from './batch-source.js'
import type { KeptVariables } from './session-weights.js'

export interface StepLoopOptions {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly step: TrainingStep
  readonly training: Pick<Training, 'optimizer'>
  readonly source: BatchSource
  readonly kept: KeptVariables
  /** The tensor that random layers read the number of the step from. */
  readonly clock: () => Scalar
}

export interface RecordedLoopOptions extends StepLoopOptions {
  readonly name: string
  readonly size: BlockSize
  /** Whether the step is recorded twice, so that values which would freeze are found. */
  readonly isRepeated: boolean
}

/** The numbers of a loop's step: what each row counts in the loss, or the optimizer's. */
const numbersOf = ({ step, training, kept }: StepLoopOptions): readonly number[] =>
  kept.sums.length > 0 ? [1] : step.optimizer.scalars(training.optimizer, { step: 0, learningRate: 0 })

/** What goes through the loop, in this order; `results` comes out. */
function stateOf(options: StepLoopOptions, { steps, batch }: BlockSize): Argument[] {
  const { source, step } = options
  const scalar = { dtype: DataType.INT32, shape: [] }
  return [
    { name: 'step', ...scalar },
    { name: 'steps', ...scalar },
    // Number of the call's first step in the whole training.
    { name: 'base', ...scalar },
    // [loss, metric sums] of each step
    { name: 'results', dtype: DataType.FLOAT, shape: [steps, 1 + step.objective.metrics.length] },
    // The numbers of each step
    { name: 'scalars', dtype: DataType.FLOAT, shape: [steps, numbersOf(options).length] },
    ...source.state({ steps, batch }),
  ]
}

/**
 * The loop over training steps, from one step that is run and recorded. Where gradients are accumulated, a step
 * is one batch and adds its gradients to the sums.
 *
 * @throws FlywheelError tensorflow-failed when the step can not be traced
 */
export function stepLoop(options: RecordedLoopOptions): Loop {
  const { source, kept, size, name } = options
  const state = stateOf(options, size)
  const variables = [...kept.weights, ...kept.slots, ...kept.sums, ...kept.masks, ...source.variables]
  const { body, row } = recordStep(options, bodyOf(state, variables))
  if (options.isRepeated) {
    refuseFrozenValues(body.nodes, recordStep(options, bodyOf(state, variables)).body.nodes)
  }
  const results = writeRow(body, { row, size: state[3]?.shape as number[] })
  const next = body.node('AddV2', ['step', body.int(1), ...body.effects], int32)
  const others = state.slice(4).map((argument) => argument.name)
  const outputs = [next, 'steps', 'base', results, ...others]
  const placeholders = [...state, ...variables].map((argument) => argument.name)
  return { name, state, variables, body: body.needed([...outputs, ...placeholders]), results: outputs }
}

/** Records one step into a body of its own. Weights and averages of the model are as before. */
function recordStep(options: StepLoopOptions & { size: BlockSize }, body: GraphBuilder): Recorded {
  const { model } = options
  const before = model.weights.map((weight) => weight.read().clone())
  try {
    return { body, row: traceStep(options, body) }
  } finally {
    // The traced step was a real one: averages that layers keep have moved.
    model.weights.forEach((weight, i) => {
      weight.write(before[i] as Tensor)
    })
    for (const tensor of before) tensor.dispose()
  }
}

interface Recorded {
  readonly body: GraphBuilder
  /** [loss, metric sums], a vector */
  readonly row: Output
}

/** Records one step. @returns [loss, metric sums], a vector */
function traceStep(options: StepLoopOptions & { size: BlockSize }, body: GraphBuilder): Output {
  const { tf, model, step, source, kept, clock, size } = options
  const { objective } = step
  const outputs = source.read(body, 'step')
  const numbers = numbersOf(options)
  const scalars = numbers.map((value) => tf.scalar(value))
  const unpacked = body.unpack(body.element('scalars', 'step', DataType.FLOAT), scalars.length)
  const inputShape = model.inputs[0]?.shape.slice(1) as number[]
  const x = tf.zeros([size.batch, ...inputShape])
  const y = objective.targets(tf, new Float64Array(size.batch))
  const weights = outputs.weights === null ? undefined : tf.ones([size.batch])
  const { soft: softOutput } = outputs
  const soft = softOutput === null ? null : tf.zeros([size.batch, source.softWidth])
  const ids = model.weights.map((weight) => weight.read().dataId)
  const isAccumulated = kept.sums.length > 0

  try {
    return trace({
      tf,
      graph: body,
      inputs: [
        [x, outputs.x],
        [y, outputs.y],
        ...(weights ? [[weights, outputs.weights as Output] as const] : []),
        ...(soft ? [[soft, softOutput as Output] as const] : []),
        [clock(), body.node('AddV2', ['base', 'step'], int32)],
        ...scalars.map((scalar, i) => [scalar, unpacked[i] as Output] as const),
        ...model.weights.map(
          (weight, i) => [weight.read(), body.read(`weight_${i}`, DataType.FLOAT)] as const,
        ),
        ...masksOf(options).map(
          ({ tensor }, i) => [tensor, body.read(kept.masks[i]?.name as string, DataType.FLOAT)] as const,
        ),
        ...handlesOf(options),
      ],
      run: ({ outputOf }) =>
        tf.tidy(() => {
          const share = isAccumulated ? (scalars[0] as Tensor) : null
          const { hasPenalties } = step
          const shares = sharesOf(tf, { rows: size.batch, weights, hasPenalties, share })
          const { losses, answers, gradients } = step.gradients({ x, y, soft, shares })
          const sums = objective.sums(tf, answers, y)
          const loss = tf.sum(tf.mul(losses, shares))
          if (!isAccumulated) step.update(gradients, scalars)
          else
            gradients.forEach((gradient, i) => {
              body.add(kept.sums[i]?.name as string, outputOf(gradient), DataType.FLOAT)
            })
          model.weights.forEach((weight, i) => {
            if (weight.read().dataId === ids[i]) return
            body.assign(`weight_${i}`, outputOf(weight.read()), DataType.FLOAT)
          })
          answers.dispose() // kept beyond the gradient's own tidy
          return outputOf(tf.stack([loss, ...sums]))
        }),
    })
  } finally {
    tf.dispose([x, y, ...scalars, ...(weights ? [weights] : []), ...(soft ? [soft] : [])])
  }
}

const masksOf = ({ step }: StepLoopOptions) => step.trainables.flatMap(({ mask }) => mask ?? [])

/** The variables of weights and slots, as the optimizer's operations name them. */
export function handlesOf({ model, step, kept }: StepLoopOptions): (readonly [Tensor, Output])[] {
  const slots = step.trainables.flatMap((trainable) => trainable.slots)
  return [
    ...step.trainables.map(
      ({ weight, variable }) => [variable.handle, `weight_${model.weights.indexOf(weight)}`] as const,
    ),
    ...slots.map(({ variable }, i) => [variable.handle, kept.slots[i]?.name as string] as const),
  ]
}

/**
 * What each loss counts: each row 1/n, or its weight/n, penalties as they are.
 * `share`: 1/n of an update whose batches have n rows together; penalties count as much as the batch's rows.
 */
function sharesOf(
  tf: TensorFlow,
  of: { rows: number; weights: Tensor | undefined; hasPenalties: boolean; share: Tensor | null },
): Tensor {
  const { rows, weights, share } = of
  const mean = share === null ? tf.fill([rows], 1 / rows) : tf.mul(tf.ones([rows]), share)
  const shares = weights ? weights.mul(mean) : mean
  if (!of.hasPenalties) return shares
  return tf.concat([shares, share === null ? tf.ones([1]) : tf.mul(share, rows).reshape([1])])
}

/** `results` with one row, that of `step`, replaced: elementwise, which XLA fuses into the loop. */
function writeRow(body: GraphBuilder, { row, size }: { row: Output; size: readonly number[] }): Output {
  const [steps] = size as [number]
  const numbers = body.constant(
    DataType.INT32,
    [steps, 1],
    Int32Array.from({ length: steps }, (_, i) => i),
  )
  const isNow = body.node('Equal', [numbers, 'step'], int32)
  return body.node('SelectV2', [isNow, row, 'results'], { T: { type: DataType.FLOAT } })
}

const int32 = { T: { type: DataType.INT32 } }
