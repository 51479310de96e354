import type { LayersModel, Scalar, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { reserveBlocks } from '../tensorflow/graph/feed-block.js'
import { GraphBuilder } from '../tensorflow/graph/graph-builder.js'
import { openSession } from '../tensorflow/graph/session.js'
import { openTraced } from '../tensorflow/graph/trace.js'
import type { Augmented } from './augmentations/augmentation.js'
import type { BatchSource } from './compiled/batch-source.js'
import { addEvaluation } from './compiled/evaluation.js'
import { type ExecutorChoice, executorChoice } from './compiled/executor-choice.js'
import { addGradientUpdate } from './compiled/gradient-update.js'
import { residentRows } from './compiled/resident-rows.js'
import {
  accessTo,
  addAccess,
  type KeptVariables,
  keptVariables,
  type Written,
  writeVariables,
} from './compiled/session-weights.js'
import { addStepProgram, type StepProgram } from './compiled/step-program.js'
import { streamedRows } from './compiled/streamed-rows.js'
import type { SoftTargets } from './distillation.js'
import type { Objective } from './losses.js'
import { RESIDENT_BYTES } from './memory.js'
import { readWeights } from './network.js'
import type { Training } from './options.js'
import { partsOf } from './order.js'
import type { ChosenExecutor, RowResults, StepRequest, StepResults, StepRunner } from './step-runner.js'
import { onlyUsed, type TrainingData } from './training-data.js'
import { isTrainable, trainingStep } from './training-step.js'

export interface CompiledStepsOptions {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly data: TrainingData
  readonly training: Pick<
    Training,
    'optimizer' | 'gradientClipping' | 'batchSize' | 'gradientAccumulationSteps' | 'deterministic'
  >
  /** The rows that are learnt from, and those that are validated on; the others need no target. */
  readonly used: readonly [Int32Array, Int32Array]
  /** A teacher's answers to the rows. */
  readonly soft?: SoftTargets | null
  /** Whether each of the model's weights may be masked; default: none. */
  readonly isMasked?: readonly boolean[] | undefined
  readonly totalSteps: number
  readonly flopsPerStep: number
  /** The tensor that random layers read the number of the step from. */
  readonly clock: () => Scalar
  readonly augment?: ((x: Tensor) => Augmented) | undefined
  /** What was chosen before: it is kept. */
  readonly chosen: ChosenExecutor | null
  /** Data of more bytes is fed with each call. */
  readonly residentBytes?: number | undefined
  onLog?(line: string): void
  onWarning?(warning: { code: string; detail: string; remedy: string }): void
}

/** Most steps of one call, and most elements of its blocks. */
const maxSteps = 1024
const maxElements = 2 ** 22

/**
 * Runs many steps in one call of TensorFlow: the step is recorded once and becomes the body of a loop
 * whose variables and data lie in a session. Calls run off the event loop.
 *
 * @throws FlywheelError tensorflow-failed when the step can not be traced; see `isUntraceable`
 */
export function compiledSteps(options: CompiledStepsOptions): StepRunner {
  const { tf, model, training } = options
  const started = performance.now()
  const step = trainingStep(options)
  try {
    const { objective, hasPenalties, optimizer } = step
    const source = sourceOf(options, objective)
    const learnt = isTrainable(model)
    const kept = keptVariables(model, step, training)
    const graph = new GraphBuilder()
    const variables = [...kept.weights, ...kept.slots, ...kept.sums, ...kept.masks, ...source.variables]
    for (const { name, dtype, shape } of variables) graph.variable(name, dtype, shape)
    for (const variable of variables) addAccess(graph, variable)

    const size = blockSize(options, source)
    const rest = options.used[0].length % size.batch
    const common = { ...options, step, source, kept, graph }
    const main = addStepProgram({ ...common, name: 'steps', size, isRepeated: true })
    const last =
      rest > 0
        ? addStepProgram({
            ...common,
            name: 'last',
            size: { steps: 1, batch: rest },
            isRepeated: false,
          })
        : null
    const update = kept.sums.length > 0 ? addGradientUpdate(common) : null
    const evaluation = addEvaluation(common)

    const functions = [main, last, update].flatMap((part) => part?.functions ?? [])
    const session = openTraced(() =>
      openSession({ tf, nodes: graph.nodes, functions, config: { asItIs: true } }),
    )
    const access = accessTo(session, kept)
    writeVariables(session, initialValues(model, kept, source))
    const evaluate = evaluation.open(session)
    const programs = { main: main.open(session), last: last?.open(session) }
    const applyGradients = update?.open(session)
    const choice = executorChoice({
      ...options,
      deterministic: training.deterministic,
      nodes: main.body,
    })
    step.dispose()
    let batchesDone = 0
    let otherMs = 0
    /** Batches that the next runs of the loop take, in order, as far as they are known. */
    let ahead: (readonly Int32Array[])[] = []
    let compileMs = performance.now() - started

    /** Work in which the session computes no steps. */
    async function noStep<Result>(work: () => Promise<Result>): Promise<Result> {
      const before = session.asideMs
      const result = await work()
      otherMs += session.asideMs - before
      return result
    }

    /** Batches, whose loop is given `scalars`. @returns [loss, metric sums] of each batch */
    async function runBatches(
      batches: readonly Int32Array[],
      { first, scalars }: { first: number; scalars: readonly (readonly number[])[] },
    ): Promise<Float32Array> {
      if (choice.isXlaDue(batchesDone)) {
        compileMs += await noStep(() => tryXla(options, { choice, nodes: main.body.length }, programs.main))
      }
      const whole = batches.filter((batch) => batch.length === size.batch)
      const results = new Float32Array(batches.length * (1 + objective.metrics.length))
      let at = 0
      for (let from = 0; from < whole.length; from += size.steps) {
        const part = whole.slice(from, from + size.steps)
        const started = performance.now()
        const running = programs.main.run({
          batches: part,
          firstStep: first + from,
          scalars: scalars.slice(from, from + size.steps),
          executor: choice.current,
        })
        ahead.shift()
        gatherAhead()
        const values = await running
        choice.took(part.length, performance.now() - started)
        results.set(values, at)
        at += values.length
      }
      if (whole.length < batches.length && programs.last) {
        const from = batches.length - 1
        const values = await programs.last.run({
          batches: batches.slice(from),
          firstStep: first + from,
          scalars: scalars.slice(from),
          executor: 'graph',
        })
        results.set(values, at)
      }
      batchesDone += batches.length
      return results
    }

    const numbersAt = (step: number, learningRate: number): readonly number[] =>
      optimizer.scalars(training.optimizer, { step, learningRate })

    /** What one run of the loop takes after the other. */
    function runsOf(batches: readonly Int32Array[]): (readonly Int32Array[])[] {
      const updates =
        applyGradients === undefined ? [batches] : batches.map((rows) => partsOf(rows, size.batch))
      return updates.flatMap((parts) => {
        const whole = parts.filter((part) => part.length === size.batch)
        return Array.from({ length: Math.ceil(whole.length / size.steps) }, (_, i) =>
          whole.slice(i * size.steps, (i + 1) * size.steps),
        )
      })
    }

    /** While a run of the loop is underway: the rows of the next one. */
    function gatherAhead(): void {
      if (ahead[0] !== undefined) source.prepare?.(ahead[0], size)
    }

    async function run({ batches, firstStep, learningRates }: StepRequest): Promise<StepResults> {
      ahead = runsOf(batches)
      const numbers = learningRates.map((rate, i) => numbersAt(firstStep + i, rate))
      if (applyGradients === undefined) {
        const results = await runBatches(batches, { first: firstStep, scalars: numbers })
        return resultsOf(
          results,
          batches.map(() => 1),
        )
      }
      const results: number[] = []
      const counts: number[] = []
      for (const [i, rows] of batches.entries()) {
        const parts = partsOf(rows, size.batch)
        const first = (firstStep + i) * training.gradientAccumulationSteps
        results.push(...(await runBatches(parts, { first, scalars: parts.map(() => [1 / rows.length]) })))
        await applyGradients(numbers[i] as readonly number[])
        counts.push(parts.length)
      }
      return resultsOf(results, counts)
    }

    return {
      metrics: objective.metrics,
      get executor() {
        return choice.current
      },
      get executorReason() {
        return choice.reason
      },
      get compileSeconds() {
        return compileMs / 1000
      },
      get computeMs() {
        return session.asideMs - otherMs
      },
      maxSteps: size.updates,
      isTrainable: learnt,
      run,
      prepare(batches) {
        const isNext = ahead.length === 0
        ahead.push(...runsOf(batches).slice(0, 1))
        if (isNext) gatherAhead()
      },
      evaluate: (rows): Promise<RowResults> => noStep(() => evaluate.rows(source.feedRows(rows))),
      penalty: () => (hasPenalties ? evaluate.penalty() : 0),
      read: access.read,
      write: access.write,
      dispose() {
        session.dispose()
        source.dispose?.()
      },
    }
  } catch (error) {
    step.dispose()
    throw error
  }
}

/** Compiles the loop; the training goes on as a graph when XLA refuses it. @returns how long it took, in ms */
async function tryXla(
  { onLog, onWarning }: CompiledStepsOptions,
  { choice, nodes }: { choice: ExecutorChoice; nodes: number },
  program: Awaited<ReturnType<StepProgram['open']>>,
): Promise<number> {
  const started = performance.now()
  try {
    await program.compile()
    const compileMs = performance.now() - started
    choice.tried({ compileMs })
    onLog?.(`XLA compiled the ${nodes} operations of a training step in ${(compileMs / 1000).toFixed(1)} s`)
  } catch (error) {
    const reason = (error as Error).message
    choice.tried({ reason })
    onWarning?.({
      code: 'not-compiled-by-xla',
      detail: `XLA does not compile the training steps, which run as a graph: ${reason.slice(0, 500)}`,
      remedy: 'None is needed: the results are the same, the steps take longer',
    })
  }
  return performance.now() - started
}

function sourceOf(options: CompiledStepsOptions, objective: Objective): BatchSource {
  const { tf, model, data, used, residentBytes = RESIDENT_BYTES } = options
  const tensor = objective.targets(tf, onlyUsed(data.targets, used))
  const targets = tensor.dataSync()
  tensor.dispose()
  const rows = {
    features: data.features,
    inputShape: model.inputs[0]?.shape.slice(1) as number[],
    targets: targets as Float32Array | Int32Array,
    rowWeights: data.rowWeights ?? null,
    soft: options.soft ?? null,
  }
  return data.features.byteLength <= residentBytes
    ? residentRows(rows)
    : streamedRows(rows, reserveBlocks(tf))
}

/** The model's weights, empty slots and the data. */
function initialValues(
  model: LayersModel,
  { weights, slots, sums, masks }: KeptVariables,
  source: BatchSource,
): Written[] {
  const values = readWeights(model)
  return [
    ...weights.map((variable, i) => ({ variable, values: values[i]?.values })),
    ...[...slots, ...sums].map((variable) => ({
      variable,
      values: new Float32Array(sizeOf(variable.shape)),
    })),
    ...masks.map((variable) => ({ variable, values: new Float32Array(sizeOf(variable.shape)).fill(1) })),
    ...source.variables.map((variable) => ({ variable, values: variable.values })),
  ]
}

/** Batches and rows of a call's blocks, and most updates of a call. */
function blockSize({ used, training }: CompiledStepsOptions, source: BatchSource) {
  const { batchSize, gradientAccumulationSteps } = training
  const batch = Math.min(batchSize, used[0].length)
  const fitting = Math.max(1, Math.min(maxSteps, Math.floor(maxElements / (batch * source.elementsPerRow))))
  if (gradientAccumulationSteps === 1) return { batch, steps: fitting, updates: fitting }
  const steps = Math.min(fitting, gradientAccumulationSteps)
  return { batch, steps, updates: Math.max(1, Math.floor(maxSteps / gradientAccumulationSteps)) }
}

/** @param results [loss, metric sums] of each batch; `counts`: how many batches each step has */
function resultsOf(results: ArrayLike<number>, counts: readonly number[]): StepResults {
  const batches = counts.reduce((sum, count) => sum + count, 0)
  const width = results.length / batches
  const metricSums = new Float64Array(width - 1)
  let batch = 0
  const losses = Float64Array.from(counts, (count) => {
    let loss = 0
    for (const end = batch + count; batch < end; batch++) {
      loss += results[batch * width] as number
      for (let i = 1; i < width; i++) {
        metricSums[i - 1] = (metricSums[i - 1] as number) + (results[batch * width + i] as number)
      }
    }
    return loss
  })
  return { losses, metricSums }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
