import { Type } from 'typebox'
import type { ChainVersion } from '../registry/chains.js'
import { ChainName, TransformStep } from '../transforms/chain/steps.js'
import { Time } from './time.js'

export const ChainVersionNumber = Type.Integer({
  minimum: 1,
  maximum: 2 ** 31 - 1,
  description: 'The version’s number',
  examples: [1],
})

export const ChainAnswer = Type.Object(
  {
    name: ChainName,
    version: ChainVersionNumber,
    transforms: Type.Array(TransformStep, { description: 'The steps, with every option' }),
    createdAt: Time,
  },
  { title: 'Chain' },
)

export const chainAnswer = ({ name, version, steps, createdAt }: ChainVersion) => ({
  name,
  version,
  transforms: steps.map(({ columns, ...step }) => ({
    ...step,
    columns: typeof columns === 'string' ? columns : [...columns],
  })),
  createdAt: createdAt.toISOString(),
})
