import type { Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../contracts/family.js'
import { float32, operationsOf } from '../operations.js'
import { inRowShards } from './row-shards.js'

/** One step of a recurrent layer and its gradient, out of TensorFlow's operations. All tensors are [rows, …]. */
export interface Cell {
  /** How many states go from step to step; the first is the output. */
  readonly states: number
  /** @returns the next states, what `weights` are multiplied with, and what else the gradient needs */
  forward(given: { x: Tensor; before: Tensor[]; weights: readonly Tensor[] }): {
    readonly after: Tensor[]
    readonly operands: readonly Tensor[]
    readonly kept: readonly Tensor[]
  }
  /** From the gradients `by` the next states to those by x, by each product with weights and by the states before. */
  backward(given: { kept: readonly Tensor[]; by: Tensor[]; weights: readonly Tensor[] }): {
    readonly x: Tensor
    readonly products: readonly Tensor[]
    readonly before: Tensor[]
  }
}

/**
 * Runs a cell over all steps from states of 0. The gradient is one pass back over the steps; the gradients of the
 * weights are one product over all of them: few operations for a step, where tfjs's tape has dozens.
 *
 * @param given.x [steps, rows, width]
 * @param given.weights each [units, columns]
 * @param given.bias [columns] that the cell adds to its first product
 * @param given.returnSequences the outputs of all steps, [steps, rows, units]; else of the last, [rows, units]
 * @param given.inShards of the rows, side by side; for trainings, where the number of rows is fixed
 */
export function overSteps(tf: TensorFlow, cell: Cell, given: OverSteps): Tensor {
  const run = (x: Tensor): Tensor => allRows(tf, cell, { ...given, x })
  if (!given.inShards) return run(given.x)
  return inRowShards(tf, { x: given.x, axis: 1, resultAxis: given.returnSequences ? 1 : 0 }, run)
}

interface OverSteps {
  readonly x: Tensor
  readonly weights: readonly Tensor[]
  readonly bias?: Tensor
  readonly units: number
  readonly returnSequences: boolean
  readonly inShards?: boolean
}

function allRows(tf: TensorFlow, cell: Cell, given: OverSteps): Tensor {
  const { x, units, returnSequences } = given
  const weights = given.bias ? [...given.weights, given.bias] : given.weights
  const products = given.weights.length
  const [steps, rows] = x.shape as [number, number]

  const run = tf.customGrad((...inputs: unknown[]) => {
    const save = inputs.pop() as (kept: Tensor[]) => void
    const [all, ...weights] = inputs as [Tensor, ...Tensor[]]
    let states = new Array<Tensor>(cell.states).fill(tf.zeros([rows, units]))
    const outputs: Tensor[] = []
    const operands: Tensor[][] = []
    const kept: Tensor[][] = []
    for (const x of tf.unstack(all)) {
      const step = cell.forward({ x, before: states, weights })
      states = step.after
      outputs.push(states[0] as Tensor)
      operands.push([...step.operands])
      kept.push([...step.kept])
    }
    const stacked = Array.from({ length: products }, (_, i) =>
      tf.stack(operands.map((each) => each[i] as Tensor)),
    )
    save([...weights, ...stacked, ...kept.flat()])
    const keptBySteps = kept[0]?.length as number
    return {
      value: returnSequences ? tf.stack(outputs) : (states[0] as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        gradients(dy, {
          weights: saved.slice(0, weights.length),
          operands: saved.slice(weights.length, weights.length + products),
          kept: (step) => {
            const start = weights.length + products + step * keptBySteps
            return saved.slice(start, start + keptBySteps)
          },
        }),
    }
  })

  function gradients(
    dy: Tensor,
    saved: { weights: Tensor[]; operands: Tensor[]; kept(step: number): Tensor[] },
  ): Tensor[] {
    const zeros = tf.zeros([rows, units])
    const upstream = returnSequences ? tf.unstack(dy) : null
    let by = [upstream ? zeros : dy, ...new Array<Tensor>(cell.states - 1).fill(zeros)]
    const byX: Tensor[] = []
    const byProducts: Tensor[][] = []
    for (let i = steps - 1; i >= 0; i--) {
      const [first, ...others] = by as [Tensor, ...Tensor[]]
      const given = upstream ? [tf.add(first, upstream[i] as Tensor), ...others] : by
      const step = cell.backward({ kept: saved.kept(i), by: given, weights: saved.weights })
      byX.unshift(step.x)
      byProducts.unshift([...step.products])
      by = step.before
    }
    const stackedX = tf.stack(byX)
    const byWeights = saved.operands.map((operand, k) => {
      const tensors = byProducts.map((each) => each[k] as Tensor)
      const isX = tensors.every((tensor, i) => tensor === byX[i])
      const product = matrix(isX ? stackedX : tf.stack(tensors))
      return { product, weights: tf.matMul(matrix(operand), product, true) }
    })
    const byBias = given.bias ? [tf.sum(byWeights[0]?.product as Tensor, 0)] : []
    return [stackedX, ...byWeights.map((each) => each.weights), ...byBias]
  }

  return run(x, ...weights)
}

/** [steps, rows, columns] as [steps · rows, columns]. */
const matrix = (stack: Tensor): Tensor => stack.reshape([-1, stack.shape[2] as number])

/** The gradients of sigmoid and tanh from their results, one operation each. */
export function activationGradients(tf: TensorFlow) {
  const operations = operationsOf(tf)
  return {
    sigmoid: (y: Tensor, dy: Tensor): Tensor => operations.one('SigmoidGrad', [float32], [y, dy]),
    tanh: (y: Tensor, dy: Tensor): Tensor => operations.one('TanhGrad', [float32], [y, dy]),
  }
}
