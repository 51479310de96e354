import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapNumbers } from './columns/numbers.js'

const Options = Type.Object({}, { additionalProperties: false })
type Options = Static<typeof Options>

const log = {
  name: 'log',
  summary:
    'Takes the logarithm of 1 + |value| and gives it the value’s sign: long tails become short, zero stays zero, negative ' +
    'values keep their order. Nothing is learnt; missing values stay missing.',
  options: Options,
  accepts: 'numeric',
  fit: () => null,
  apply: (columns) => columns.map((column) => mapNumbers(column, logarithm)),
  numberMap: () => logarithm,
} satisfies Transform<Options, null, NumericColumn>
export default log

function logarithm(value: number): number {
  return value < 0 ? -Math.log1p(-value) : Math.log1p(value)
}
