import { type Static, Type } from 'typebox'
import type { Doubles, NumericColumn } from '../contracts/table.js'
import type { AppliedColumn, Transform } from '../contracts/transform.js'
import { newDoubles, reusedDoubles } from '../datasets/columns/doubles.js'
import { heldColumn } from '../datasets/select-rows.js'
import { isNegligible, momentsOf, quantileOf, sortedValues } from './columns/numbers.js'

const Options = Type.Union(
  [
    Type.Object(
      {
        method: Type.Union([Type.Literal('standard'), Type.Literal('min-max'), Type.Literal('robust')], {
          default: 'standard',
          description:
            'standard: mean 0 and standard deviation 1 over the training rows; min-max: training values to 0…1; ' +
            'robust: median 0 and interquartile range 1, which outliers do not change',
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
    const measure = measures[options.method]
    const memory = reusedDoubles()
    const measured = columns.map((column) => {
      memory.clear()
      return measure(heldColumn(column, memory.doubles).values)
    })
    return {
      subtract: measured.map((pair) => pair.subtract),
      divideBy: measured.map((pair) => pair.divideBy),
    }
  },
  apply: (columns, state, _options?: Options, doubles: Doubles = newDoubles) =>
    columns.map((column, at) => scaled(column, { at, state, doubles })),
  applyColumn: (column, given) => [scaled(column, given)],
  numberMap(column, { subtract, divideBy }) {
    return { subtract: subtract[column] as number, divideBy: divideBy[column] as number }
  },
} satisfies Transform<Options, State, NumericColumn>
export default scale

interface Measured {
  readonly subtract: number
  readonly divideBy: number
}
/** Nothing is known of the column. */
const asItIs: Measured = { subtract: 0, divideBy: 1 }

function scaled(
  { name, values }: NumericColumn,
  { at, state, doubles }: Omit<AppliedColumn<Options, State>, 'options'>,
): NumericColumn {
  const subtract = state.subtract[at] as number
  const divideBy = state.divideBy[at] as number
  const out = doubles(values.length)
  for (let row = 0; row < out.length; row++) out[row] = ((values[row] as number) - subtract) / divideBy
  return { kind: 'numeric', name, values: out }
}

/** Population standard deviation, as scikit-learn's StandardScaler; missing values are left out. */
function meanAndDeviation(values: Float64Array): Measured {
  const moments = momentsOf(values)
  if (moments === null) return asItIs
  const { mean, deviation } = moments
  return { subtract: mean, divideBy: isNegligible(deviation, mean) ? 1 : deviation }
}

function minimumAndRange(values: Float64Array): Measured {
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  if (minimum > maximum) return asItIs
  return { subtract: minimum, divideBy: maximum > minimum ? maximum - minimum : 1 }
}

/** As scikit-learn's RobustScaler. */
function medianAndQuartiles(values: Float64Array): Measured {
  const sorted = sortedValues(values)
  if (sorted.length === 0) return asItIs
  const [first, median, third] = [0.25, 0.5, 0.75].map((share) => quantileOf(sorted, share)) as Three
  const range = third - first
  return { subtract: median, divideBy: range < 10 * Number.EPSILON ? 1 : range }
}
type Three = [number, number, number]

const measures = {
  standard: meanAndDeviation,
  'min-max': minimumAndRange,
  robust: medianAndQuartiles,
} as const
