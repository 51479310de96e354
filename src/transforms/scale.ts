import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'

const Options = Type.Union(
  [
    Type.Object(
      {
        method: Type.Union([Type.Literal('standard'), Type.Literal('min-max')], {
          default: 'standard',
          description:
            'standard: mean 0 and standard deviation 1 over the training rows; min-max: training values to 0…1',
        }),
      },
      { additionalProperties: false, title: 'learnt from the training rows' },
    ),
    Type.Object(
      {
        divideBy: Type.Number({
          exclusiveMinimum: 0,
          description: 'Every value is divided by it; nothing is learnt',
        }),
      },
      { additionalProperties: false, title: 'divide' },
    ),
  ],
  { default: { method: 'standard' } },
)
type Options = Static<typeof Options>

/** One entry a column: `(value − subtract[i]) / divideBy[i]`. */
interface State {
  readonly subtract: readonly number[]
  readonly divideBy: readonly number[]
}

const scale = {
  name: 'scale',
  summary:
    'Brings numbers to one scale. Values outside the training range are not clipped; missing values stay missing, ' +
    'so impute comes first. A column that is constant in the training rows becomes 0.',
  options: Options,
  accepts: 'numeric',
  fit(columns, options) {
    if ('divideBy' in options) {
      return { subtract: columns.map(() => 0), divideBy: columns.map(() => options.divideBy) }
    }
    const measure = options.method === 'standard' ? meanAndDeviation : minimumAndRange
    const measured = columns.map((column) => measure(column.values))
    return {
      subtract: measured.map((pair) => pair.subtract),
      divideBy: measured.map((pair) => pair.divideBy),
    }
  },
  apply: (columns, { subtract, divideBy }) =>
    columns.map((column, index) => scaled(column, subtract[index] as number, divideBy[index] as number)),
} satisfies Transform<Options, State, NumericColumn>
export default scale

function scaled({ name, values }: NumericColumn, subtract: number, divideBy: number): NumericColumn {
  const out = new Float64Array(values.length)
  for (let row = 0; row < out.length; row++) out[row] = ((values[row] as number) - subtract) / divideBy
  return { kind: 'numeric', name, values: out }
}

/** Population standard deviation (as scikit-learn's StandardScaler), two passes; missing values are left out. */
function meanAndDeviation(values: Float64Array): { subtract: number; divideBy: number } {
  let count = 0
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    count++
    sum += value
  }
  if (count === 0) return { subtract: 0, divideBy: 1 }
  const mean = sum / count
  let squares = 0
  for (let row = 0; row < values.length; row++) {
    const difference = (values[row] as number) - mean
    if (!Number.isNaN(difference)) squares += difference * difference
  }
  const deviation = Math.sqrt(squares / count)
  return { subtract: mean, divideBy: isNegligible(deviation, mean) ? 1 : deviation }
}

function minimumAndRange(values: Float64Array): { subtract: number; divideBy: number } {
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  if (minimum > maximum) return { subtract: 0, divideBy: 1 }
  return { subtract: minimum, divideBy: maximum > minimum ? maximum - minimum : 1 }
}

/** A deviation that is only rounding of the mean: a constant column, which must not be blown up to noise. */
const isNegligible = (deviation: number, mean: number): boolean =>
  deviation <= 10 * Number.EPSILON * Math.abs(mean)
