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
  numberMap: () => logarithm,
} satisfies Transform<Options, null, NumericColumn>
export default log

function logarithms({ name, values }: NumericColumn, doubles: Doubles): NumericColumn {
  const out = doubles(values.length)
  for (let row = 0; row < out.length; row++) out[row] = logarithm(values[row] as number)
  return { kind: 'numeric', name, values: out }
}

function logarithm(value: number): number {
  return value < 0 ? -Math.log1p(-value) : Math.log1p(value)
}
