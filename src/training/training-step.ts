import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { operationsOf } from '../tensorflow/operations.js'
import { createVariable, type ResourceVariable } from '../tensorflow/variables.js'
import { type Augmented, rowBefore } from './augmentations/augmentation.js'
import { distilledLosses, type SoftTargets } from './distillation.js'
import { clipGradients } from './gradient-clipping.js'
import { type Objective, objectiveOf } from './losses.js'
import type { Optimizer } from './optimizers/optimizer.js'
import { optimizers } from './optimizers/table.js'
import type { Training } from './options.js'

/** A weight that is learnt, as TensorFlow's optimizer operations see it. */
export interface Trainable {
  readonly weight: LayersModel['trainableWeights'][number]
  readonly variable: ResourceVariable
  readonly slots: readonly { readonly name: string; readonly variable: ResourceVariable }[]
  /** What its gradient is multiplied by, 1 or 0 each; null: nothing of it is ever left out. */
  readonly mask: Mask | null
}

/** Its tensor may be replaced between steps. */
interface Mask {
  tensor: Tensor
}

/** The rows of one step. */
export interface Batch {
  /** [rows, …] */
  readonly x: Tensor
  /** [rows], as the objective takes them */
  readonly y: Tensor
  /** [rows, width]: what a teacher answers; null without one */
  readonly soft: Tensor | null
  /** What each loss counts in the step's loss: [rows], then 1 for the penalties where there are any. */
  readonly shares: Tensor
}

type Targets = Pick<Batch, 'y' | 'soft'>

/**
 * What one step of training computes. The eager runner runs it at each step, the compiled one once,
 * while its operations are recorded: both do the same arithmetic.
 */
export interface TrainingStep {
  readonly objective: Objective
  readonly optimizer: Optimizer
  readonly trainables: readonly Trainable[]
  readonly hasPenalties: boolean
  /**
   * The losses [rows, then the penalties' sum where there are any] of a batch, what the model answers [rows],
   * which the caller disposes of, and the gradient of each trainable weight. Runs inside a tidy.
   */
  gradients(batch: Batch): { losses: Tensor; answers: Tensor; gradients: readonly Tensor[] }
  /** Clips the gradients and changes the variables in place. `scalars`: the optimizer's numbers. Runs inside a tidy. */
  update(gradients: readonly Tensor[], scalars: readonly Tensor[]): void
  /** Losses [rows] and answers [rows] of rows that are not learnt from. Runs inside a tidy. */
  evaluate(x: Tensor, y: Tensor): { losses: Tensor; answers: Tensor }
  /** The sum of the model's penalties, a scalar. */
  penalties(): Tensor
  dispose(): void
}

export function trainingStep(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
  readonly training: Pick<Training, 'optimizer' | 'gradientClipping'>
  /** Of the batches' rows. */
  readonly soft?: Pick<SoftTargets, 'temperature'> | null
  /** Whether each of the model's weights may be masked; default: none. */
  readonly isMasked?: readonly boolean[] | undefined
  /** Changes the rows that are learnt from. */
  readonly augment?: ((x: Tensor) => Augmented) | undefined
}): TrainingStep {
  const { tf, model, head, training, augment } = options
  const operations = operationsOf(tf)
  const objective = objectiveOf(head)
  const optimizer = optimizers.find(({ name }) => name === training.optimizer.name) as Optimizer
  const trainables = model.trainableWeights.map(trainable)
  const weights = trainables.map(({ weight }) => weight.read())
  if (!model.built) model.build(model.inputs[0]?.shape as number[]) // or a sequential model shows no penalties
  const hasPenalties = tf.tidy(() => model.calculateLosses().length > 0)
  const penalties = (): Tensor => tf.addN(model.calculateLosses())
  const answersOf = (outputs: Tensor): Tensor => objective.answers(operations, outputs, tf.scalar(1, 'int32'))

  /** Of rows that were mixed with the ones before them, in the same shares. */
  function lossesOf(outputs: Tensor, { y, soft, share }: Targets & { share: Tensor | null }): Tensor {
    const own = lossesAgainst({ y, soft }, outputs)
    if (share === null) return own
    const others = { y: rowBefore(tf, y), soft: soft && rowBefore(tf, soft) }
    return own.mul(share).add(lossesAgainst(others, outputs).mul(tf.sub(1, share)))
  }

  function lossesAgainst({ y, soft }: Targets, outputs: Tensor): Tensor {
    const own = objective.losses(tf, outputs, y)
    if (soft === null || !options.soft) return own
    return distilledLosses(tf, { head, ...options.soft, outputs, own, soft })
  }

  function masked(gradient: Tensor, i: number): Tensor {
    const mask = trainables[i]?.mask
    return mask ? gradient.mul(mask.tensor) : gradient
  }

  function trainable(weight: Trainable['weight']): Trainable {
    const zeros = tf.zeros(weight.shape as number[])
    const slots = optimizer.slots(training.optimizer).map((slot) => ({
      name: `${weight.originalName}/${slot}`,
      variable: createVariable(tf, zeros),
    }))
    zeros.dispose()
    const isMasked = options.isMasked?.[model.weights.indexOf(weight)] ?? false
    const mask = isMasked ? { tensor: tf.keep(tf.ones(weight.shape as number[])) } : null
    return { weight, variable: createVariable(tf, weight.read()), slots, mask }
  }

  return {
    objective,
    optimizer,
    trainables,
    hasPenalties,
    penalties,
    gradients({ x, y, soft, shares }) {
      const { x: changed, share } = augment?.(x) ?? { x, share: null }
      let answers: Tensor | undefined
      const { value: losses, grads } = tf.engine().gradients(
        () => {
          const outputs = model.apply(changed, { training: true }) as Tensor
          answers = tf.keep(answersOf(outputs))
          const rowLosses = lossesOf(outputs, { y, soft, share })
          return hasPenalties ? tf.concat([rowLosses, penalties().reshape([1])]) : rowLosses
        },
        weights,
        shares,
      )
      if (changed !== x) changed.dispose()
      share?.dispose()
      return { losses, answers: answers as Tensor, gradients: grads.map(masked) }
    },
    update(gradients, scalars) {
      const clipped = clipGradients(tf, gradients, training.gradientClipping)
      trainables.forEach(({ variable, slots }, i) => {
        optimizer.update({
          operations,
          options: training.optimizer,
          variable: variable.handle,
          slots: slots.map((slot) => slot.variable.handle),
          gradient: clipped[i] as Tensor,
          scalars,
        })
      })
    },
    evaluate(x, y) {
      const outputs = model.apply(x, { training: false }) as Tensor
      return { losses: objective.losses(tf, outputs, y), answers: answersOf(outputs) }
    },
    dispose() {
      for (const { variable, slots, mask } of trainables) {
        variable.dispose()
        mask?.tensor.dispose()
        for (const slot of slots) slot.variable.dispose()
      }
    },
  }
}

/** Whether each of the model's weights is learnt. */
export function isTrainable(model: LayersModel): boolean[] {
  const trainable = new Set(model.trainableWeights)
  return model.weights.map((weight) => trainable.has(weight))
}
