import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { blocksOf } from '../datasets/select-rows.js'
import { type Eigen, eigenOf } from './columns/eigen.js'
import { momentsOf } from './columns/numbers.js'
import { unfit } from './columns/unfit.js'

const MAX_COLUMNS = 1000
const whiten = Type.Boolean({ default: false, description: 'Brings every component to variance 1' })
const prefix = Type.String({
  default: 'pca',
  minLength: 1,
  maxLength: 100,
  description: 'The components are "<prefix>:0", "<prefix>:1", …',
})

const Options = Type.Union(
  [
    Type.Object(
      {
        explainedVariance: Type.Number({
          default: 0.95,
          exclusiveMinimum: 0,
          maximum: 1,
          description: 'As many components as explain this share of the variance',
        }),
        whiten,
        prefix,
      },
      { additionalProperties: false, title: 'by variance' },
    ),
    Type.Object(
      {
        components: Type.Integer({ minimum: 1, maximum: MAX_COLUMNS, description: 'How many components' }),
        whiten,
        prefix,
      },
      { additionalProperties: false, title: 'a number' },
    ),
  ],
  { default: { explainedVariance: 0.95, whiten: false, prefix: 'pca' } },
)
type Options = Static<typeof Options>

interface State {
  /** By column. */
  readonly means: readonly number[]
  /** By component, then by column; divided by the component's deviation where it is whitened. */
  readonly components: readonly (readonly number[])[]
}

const pca = {
  name: 'pca',
  summary:
    'Turns columns into fewer that are not correlated: the directions in which the training rows differ most. Columns of ' +
    'different units want scale before. No value may be missing, so impute comes first. At most 1,000 columns.',
  options: Options,
  accepts: 'numeric',
  fit(columns, options) {
    refuseUnfit(columns, options)
    const means = columns.map(({ values }) => momentsOf(values)?.mean ?? 0)
    const { values, vectors } = eigenOf(covariance(columns, means))
    const count = 'components' in options ? options.components : enough(values, options.explainedVariance)
    return {
      means,
      components: vectors.slice(0, count).map((vector, at) => oriented(vector, scaleOf(values, at, options))),
    }
  },
  apply: (columns, { means, components }, options) =>
    components.map((weights, at) => ({
      kind: 'numeric',
      name: `${options.prefix}:${at}`,
      values: projected(columns, { means, weights }),
    })),
} satisfies Transform<Options, State, NumericColumn>
export default pca

/** @throws FlywheelError specification-invalid */
function refuseUnfit(columns: readonly NumericColumn[], options: Options): void {
  if (columns.length > MAX_COLUMNS) {
    throw unfit('columns', `at most ${MAX_COLUMNS} columns`, columns.length)
  }
  if ('components' in options && options.components > columns.length) {
    throw unfit('options.components', `at most the number of columns, ${columns.length}`, options.components)
  }
  const gappy = columns.find(({ values }) => values.some(Number.isNaN))
  if (gappy) throw unfit('columns', 'columns without missing values (an impute step before)', gappy.name)
}

/** [columns][columns], over rows − 1: block by block, so that a few rows of all columns are in memory at once. */
function covariance(columns: readonly NumericColumn[], means: readonly number[]): Float64Array[] {
  const rows = columns[0]?.values.length ?? 0
  const sums = columns.map(() => new Float64Array(columns.length))
  for (const { block } of blocksOf({ rows, columns })) {
    const centred = block.columns.map((column, index) =>
      (column as NumericColumn).values.map((value) => value - (means[index] as number)),
    )
    for (const [i, a] of centred.entries()) {
      const sumsOf = sums[i] as Float64Array
      for (let j = 0; j <= i; j++) {
        const b = centred[j] as Float64Array
        let sum = sumsOf[j] as number
        for (let row = 0; row < a.length; row++) sum += (a[row] as number) * (b[row] as number)
        sumsOf[j] = sum
      }
    }
  }
  return sums.map((own, i) =>
    own.map(
      (_, j) => ((sums[Math.max(i, j)] as Float64Array)[Math.min(i, j)] as number) / Math.max(rows - 1, 1),
    ),
  )
}

/** The least number of components whose variances are more than the share of all. */
function enough(variances: Eigen['values'], share: number): number {
  const all = variances.reduce((sum, variance) => sum + Math.max(variance, 0), 0)
  let explained = 0
  for (let count = 0; count < variances.length; count++) {
    explained += Math.max(variances[count] as number, 0)
    if (explained > share * all) return count + 1
  }
  // Rounding may keep the sum from the whole: components without variance say nothing.
  return Math.max(1, variances.filter((variance) => !isNothing(variance, variances)).length)
}

const isNothing = (variance: number, variances: Eigen['values']): boolean =>
  variance <= variances.length * Number.EPSILON * (variances[0] as number)

function scaleOf(variances: Eigen['values'], at: number, options: Options): number {
  const variance = variances[at] as number
  return options.whiten && !isNothing(variance, variances) ? Math.sqrt(variance) : 1
}

/** The sign by which the largest weight is positive, as scikit-learn's. */
function oriented(vector: Float64Array, divideBy: number): number[] {
  const largest = vector.reduce((best, weight) => (Math.abs(weight) > Math.abs(best) ? weight : best), 0)
  const factor = (largest < 0 ? -1 : 1) / divideBy
  return Array.from(vector, (weight) => weight * factor)
}

/** Column after column, so that a row's sum has one order, alone or in a batch. */
function projected(
  columns: readonly NumericColumn[],
  { means, weights }: { means: readonly number[]; weights: readonly number[] },
): Float64Array {
  const out = new Float64Array(columns[0]?.values.length ?? 0)
  for (const [index, { values }] of columns.entries()) {
    const [mean, weight] = [means[index] as number, weights[index] as number]
    for (let row = 0; row < out.length; row++) {
      out[row] = (out[row] as number) + weight * ((values[row] as number) - mean)
    }
  }
  return out
}
