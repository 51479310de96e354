import { type Static, Type } from 'typebox'
import type { Doubles, NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { newDoubles } from '../datasets/columns/doubles.js'

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
  apply: (columns, _state?: null, _options?: Options, doubles: Doubles = newDoubles) =>
    columns.map((column) => logarithms(column, doubles)),
  applyColumn: (column, { doubles }) => [logarithms(column, doubles)],
} satisfies Transform<Options, null, NumericColumn>
export default log

function logarithms({ name, values }: NumericColumn, doubles: Doubles): NumericColumn {
  const out = doubles(values.length)
  for (let row = 0; row < out.length; row++) {
    const value = values[row] as number
    out[row] = value < 0 ? -Math.log1p(-value) : Math.log1p(value)
  }
  return { kind: 'numeric', name, values: out }
}
