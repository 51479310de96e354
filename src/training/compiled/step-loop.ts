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

/** What goes through the loop, in this order; `results` comes out. */
function stateOf({ source, step, training }: StepLoopOptions, size: BlockSize): Argument[] {
  const { steps } = size
  const scalars = step.optimizer.scalars(training.optimizer, { step: 0, learningRate: 0 }).length
  const scalar = { dtype: DataType.INT32, shape: [] }
  return [
    { name: 'step', ...scalar },
    { name: 'steps', ...scalar },
    // Number of the call's first step in the whole training.
    { name: 'base', ...scalar },
    // [loss, metric sums] of each step
    { name: 'results', dtype: DataType.FLOAT, shape: [steps, 1 + step.objective.metrics.length] },
    // The optimizer's numbers of each step
    { name: 'scalars', dtype: DataType.FLOAT, shape: [steps, scalars] },
    ...source.state(size),
  ]
}

/**
 * The loop over training steps, from one step that is run and recorded.
 *
 * @throws FlywheelError tensorflow-failed when the step can not be traced
 */
export function stepLoop(options: RecordedLoopOptions): Loop {
  const { source, kept, size, name } = options
  const state = stateOf(options, size)
  const variables = [...kept.weights, ...kept.slots, ...source.variables]
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
  const { trainables, optimizer, objective } = step
  const outputs = source.read(body, 'step')
  const numbers = optimizer.scalars(options.training.optimizer, { step: 0, learningRate: 0 })
  const scalars = numbers.map((value) => tf.scalar(value))
  const scalarRow = body.element('scalars', 'step', DataType.FLOAT)
  const unpacked = body.node('Unpack', [scalarRow], {
    T: { type: DataType.FLOAT },
    num: { int: scalars.length },
    axis: { int: 0 },
  })
  const inputShape = model.inputs[0]?.shape.slice(1) as number[]
  const x = tf.zeros([size.batch, ...inputShape])
  const y = objective.targets(tf, new Float64Array(size.batch))
  const weights = outputs.weights === null ? undefined : tf.ones([size.batch])
  const slots = trainables.flatMap((trainable) => trainable.slots)
  const ids = model.weights.map((weight) => weight.read().dataId)

  const row = trace({
    tf,
    graph: body,
    inputs: [
      [x, outputs.x],
      [y, outputs.y],
      ...(weights ? [[weights, outputs.weights as Output] as const] : []),
      [clock(), body.node('AddV2', ['base', 'step'], int32)],
      ...scalars.map((scalar, i) => [scalar, `${unpacked}:${i}`] as const),
      ...model.weights.map((weight, i) => [weight.read(), body.read(`weight_${i}`, DataType.FLOAT)] as const),
      ...trainables.map(({ weight, variable }) => [variable.handle, nameOf(model, weight)] as const),
      ...slots.map(({ variable }, i) => [variable.handle, kept.slots[i]?.name as string] as const),
    ],
    run: ({ outputOf }) =>
      tf.tidy(() => {
        const shares = sharesOf(tf, { rows: size.batch, weights, hasPenalties: step.hasPenalties })
        const { losses, answers, gradients } = step.gradients({ x, y, shares })
        const sums = objective.sums(tf, answers, y)
        const loss = tf.sum(tf.mul(losses, shares))
        step.update(gradients, scalars)
        model.weights.forEach((weight, i) => {
          if (weight.read().dataId === ids[i]) return
          body.assign(`weight_${i}`, outputOf(weight.read()), DataType.FLOAT)
        })
        answers.dispose() // kept beyond the gradient's own tidy
        return outputOf(tf.stack([loss, ...sums]))
      }),
  })
  tf.dispose([x, y, ...scalars, ...(weights ? [weights] : [])])
  return row
}

/** Each row counts 1/n in the loss, or its weight/n; penalties count as they are. */
function sharesOf(
  tf: TensorFlow,
  { rows, weights, hasPenalties }: { rows: number; weights: Tensor | undefined; hasPenalties: boolean },
): Tensor {
  const mean = tf.fill([rows], 1 / rows)
  const shares = weights ? weights.mul(mean) : mean
  return hasPenalties ? tf.concat([shares, tf.ones([1])]) : shares
}

const nameOf = (model: LayersModel, weight: LayersModel['weights'][number]): string =>
  `weight_${model.weights.indexOf(weight)}`

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
