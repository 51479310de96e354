import type { Tensor } from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { Operations } from '../../tensorflow/operations.js'
import type { Chosen, Named } from '../choice.js'

/** What an optimizer needs to change one weight. */
export interface Update {
  readonly operations: Operations
  readonly options: Chosen
  /** Resource handle of the weight. */
  readonly variable: Tensor
  /** Resource handles, in the order of `slots`. */
  readonly slots: readonly Tensor[]
  readonly gradient: Tensor
  /** float32 scalars, as `scalars` gave them for this step. */
  readonly scalars: readonly Tensor[]
}

/** An update rule with Keras's names, defaults and arithmetic. */
export interface Optimizer extends Named {
  /** State kept for each weight, of the weight's shape, zero at the start. */
  slots(options: Chosen): readonly string[]
  /** The numbers of one step. `step` counts from 0. */
  scalars(options: Chosen, at: { readonly step: number; readonly learningRate: number }): readonly number[]
  /** Changes the variable and its slots in place; returns nothing. */
  update(update: Update): void
}

export const learningRateOption = (value: number) =>
  Type.Number({
    default: value,
    exclusiveMinimum: 0,
    maximum: 100,
    description: 'Step size, before the schedule',
  })

export const fractionOption = (value: number, description: string) =>
  Type.Number({ default: value, minimum: 0, exclusiveMaximum: 1, description })

export const epsilonOption = () =>
  Type.Number({ default: 1e-7, exclusiveMinimum: 0, maximum: 1, description: 'Keeps divisions finite' })
