import type { LayersModel } from '@tensorflow/tfjs'
import { FlywheelError } from '../contracts/errors.js'
import type { Input } from '../contracts/family.js'
import { isUntraceable } from '../tensorflow/graph/trace.js'
import { augmentRows } from './augmentations/augment-rows.js'
import { weightRows } from './class-weights.js'
import { compiledSteps } from './compiled-steps.js'
import { checkAnswers, softTargets } from './distillation.js'
import { eagerSteps } from './eager-steps.js'
import { prunedSteps } from './pruning/pruned-steps.js'
import { prunerOf } from './pruning/pruning.js'
import { pruningSteps } from './pruning/schedule.js'
import type { StepClock } from './step-clock.js'
import type { ChosenExecutor, StepRunner } from './step-runner.js'
import type { TrainOptions } from './train.js'

interface From {
  readonly model: LayersModel
  readonly clock: StepClock
  /** What an interrupted training used, or what was asked for. */
  readonly chosen: ChosenExecutor | null
}

/** What computes the steps, and takes out between them what is to go. */
export function createRunner(options: TrainOptions, from: From): StepRunner {
  const { pruning, data, training } = options
  if (pruning === undefined) return stepRunner(options, from)
  const pruner = prunerOf(pruning, { ...options, ...from })
  const rowsPerStep = training.batchSize * training.gradientAccumulationSteps
  const totalSteps = training.epochs * Math.ceil(data.training.length / rowsPerStep)
  const { isMasked } = pruner
  return prunedSteps(stepRunner(options, { ...from, isMasked }), {
    pruner,
    due: pruningSteps(pruning, { totalSteps }),
  })
}

/** The compiled steps; the eager ones, with a warning, for a model that can not be traced. */
function stepRunner(
  options: TrainOptions,
  from: From & { readonly isMasked?: readonly boolean[] },
): StepRunner {
  const { tf, family, head, data, training } = options
  const { model, clock, chosen } = from
  const rowWeights = weightRows({ ...training, ...data, classes: options.classes ?? [] })
  if (data.teaching) checkAnswers(data.teaching, { units: head.units, training: data.training })
  const common = {
    tf,
    model,
    head,
    data: { features: data.features, targets: data.targets, ...(rowWeights ? { rowWeights } : {}) },
    isMasked: from.isMasked,
    used: [data.training, data.validation] as const,
    training,
    soft: data.teaching ? softTargets(data.teaching, head) : null,
    augment: augmentRows(training.augmentation, {
      tf,
      seed: training.seed,
      step: clock.read,
      input: options.shapes.inputs[0] as Input,
      features: data.features,
      training: data.training,
    }),
  }
  const eager = (reason: string) => eagerSteps({ ...common, setStep: clock.set, reason })
  if (chosen?.name === 'eager') return eager(chosen.reason)

  clock.set(0)
  const stepsPerEpoch = Math.ceil(data.training.length / training.batchSize)
  const { flopsPerRow } = family.plan(options.shapes, options.hyperparameters as never)
  try {
    return compiledSteps({
      ...common,
      chosen,
      clock: clock.read,
      totalSteps: training.epochs * stepsPerEpoch,
      // The backward pass costs about twice the forward one.
      flopsPerStep: 3 * flopsPerRow * training.batchSize,
      residentBytes: options.residentBytes,
      ...(options.onLog ? { onLog: options.onLog } : {}),
      ...(options.onWarning ? { onWarning: options.onWarning } : {}),
    })
  } catch (error) {
    if (!(error instanceof FlywheelError && isUntraceable(error))) throw error
    options.onWarning?.({
      code: 'not-compiled',
      detail: `The training runs operation by operation, since its step can not be compiled: ${error.message}`,
      remedy: 'None is needed: the results are the same, the steps take many times longer',
    })
    return eager(error.message)
  }
}
