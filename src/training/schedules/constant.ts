import { Type } from 'typebox'
import { type Schedule, warmupOption } from './schedule.js'

export const constant: Schedule = {
  name: 'constant',
  summary: 'always the same rate',
  options: Type.Object({ warmupEpochs: warmupOption }, { additionalProperties: false }),
  factor: () => 1,
}
