import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { minimize } from './columns/minimize.js'
import { isNegligible, knownValues, mapNumbers, momentsOf } from './columns/numbers.js'

const Options = Type.Object(
  {
    standardize: Type.Boolean({
      default: true,
      description: 'Brings the result to mean 0 and standard deviation 1 over the training rows',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** One entry a column: `(yeoJohnson(value, lambda) − subtract) / divideBy`. */
interface State {
  readonly lambda: readonly number[]
  readonly subtract: readonly number[]
  readonly divideBy: readonly number[]
}

const power = {
  name: 'power',
  summary:
    'Bends each column by the power that makes the training values most like a normal distribution (Yeo and Johnson 2000, ' +
    'by maximum likelihood), which takes negative values too. Missing values stay missing.',
  options: Options,
  accepts: 'numeric',
  fit(columns, { standardize }) {
    const fitted = columns.map(({ values }) => fitColumn(knownValues(values), standardize))
    return {
      lambda: fitted.map(({ lambda }) => lambda),
      subtract: fitted.map(({ subtract }) => subtract),
      divideBy: fitted.map(({ divideBy }) => divideBy),
    }
  },
  apply: (columns, { lambda, subtract, divideBy }) =>
    columns.map((column, index) => {
      const bend = yeoJohnson(lambda[index] as number)
      const [less, by] = [subtract[index] as number, divideBy[index] as number]
      return mapNumbers(column, (value) => (bend(value) - less) / by)
    }),
} satisfies Transform<Options, State, NumericColumn>
export default power

function fitColumn(values: Float64Array, standardize: boolean) {
  const lambda = bestLambda(values)
  const moments = standardize ? momentsOf(values.map(yeoJohnson(lambda))) : null
  if (moments === null) return { lambda, subtract: 0, divideBy: 1 }
  const { mean, deviation } = moments
  return { lambda, subtract: mean, divideBy: isNegligible(deviation, mean) ? 1 : deviation }
}

/** The transform for one power. */
function yeoJohnson(lambda: number): (value: number) => number {
  const positive =
    Math.abs(lambda) < Number.EPSILON
      ? Math.log1p
      : (value: number) => Math.expm1(lambda * Math.log1p(value)) / lambda
  const negative =
    Math.abs(lambda - 2) > Number.EPSILON
      ? (value: number) => -Math.expm1((2 - lambda) * Math.log1p(-value)) / (2 - lambda)
      : (value: number) => -Math.log1p(-value)
  return (value) => (value < 0 ? negative(value) : positive(value))
}

/**
 * The power with the largest likelihood, within those that keep the numbers in range, as SciPy's `yeojohnson_normmax`;
 * 1, which changes nothing, for a constant column.
 */
function bestLambda(values: Float64Array): number {
  const moments = momentsOf(values)
  if (moments === null || isNegligible(moments.deviation, moments.mean)) return 1
  const jacobian = values.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0)
  const loss = (lambda: number) => {
    const deviation = momentsOf(values.map(yeoJohnson(lambda)))?.deviation ?? 0
    const likelihood = -values.length * Math.log(deviation) + (lambda - 1) * jacobian
    return Number.isFinite(likelihood) ? -likelihood : Number.POSITIVE_INFINITY
  }
  return minimize(loss, searchRange(values))
}

/** Half of a double's exponent range for twenty times the largest training value. */
function searchRange(values: Float64Array): { from: number; to: number } {
  const reach = Math.log1p(20 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0))
  const logEpsilon = Math.log(Number.EPSILON)
  const low = (Math.log(2 ** -1022) - logEpsilon) / 2 / reach
  const high = (Math.log(Number.MAX_VALUE) + logEpsilon) / 2 / reach
  if (values.every((value) => value < 0)) return { from: 2 - high, to: 2 - low }
  if (values.every((value) => value >= 0)) return { from: low, to: high }
  return { from: Math.max(2 - high, low), to: Math.min(2 - low, high) }
}
