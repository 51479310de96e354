import type { Chosen } from '../choice.js'
import { constant } from './constant.js'
import { cosine } from './cosine.js'
import { exponential } from './exponential.js'
import type { Schedule } from './schedule.js'
import { step } from './step.js'

/** The first one is the default. */
export const schedules: readonly Schedule[] = [constant, cosine, exponential, step]

/** The learning rate of each step, counted from 0. */
export function learningRateAt(options: {
  readonly learningRate: number
  readonly schedule: Chosen
  readonly epochs: number
  readonly stepsPerEpoch: number
}): (step: number) => number {
  const { learningRate, schedule: chosen, epochs, stepsPerEpoch } = options
  const schedule = schedules.find(({ name }) => name === chosen.name) as Schedule
  const warmupEpochs = chosen.warmupEpochs as number
  const warmupSteps = Math.round(warmupEpochs * stepsPerEpoch)
  const of = Math.max(0, epochs - warmupEpochs)
  return (at) => {
    if (at < warmupSteps) return (learningRate * (at + 1)) / warmupSteps
    return learningRate * schedule.factor(chosen, { epochs: (at - warmupSteps) / stepsPerEpoch, of })
  }
}
