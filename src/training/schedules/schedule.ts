import { Type } from 'typebox'
import type { Chosen, Named } from '../choice.js'

/** Where a training stands, without the warm-up: fractions of epochs are steps. */
export interface ScheduleTime {
  /** Epochs since the warm-up, from 0. */
  readonly epochs: number
  /** Epochs from the warm-up to the end. */
  readonly of: number
}

/** How the learning rate changes: a factor on the optimizer's own rate. */
export interface Schedule extends Named {
  factor(options: Chosen, time: ScheduleTime): number
}

export const warmupOption = Type.Number({
  default: 0,
  minimum: 0,
  maximum: 1000,
  description: 'Epochs in which the rate rises evenly from near 0',
})
