import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { normalQuantile } from './columns/normal-quantile.js'
import { mapNumbers, quantileOf, sortedValues } from './columns/numbers.js'

const Options = Type.Object(
  {
    distribution: Type.Union([Type.Literal('uniform'), Type.Literal('normal')], {
      default: 'uniform',
      description: 'What the training values become: evenly spread over 0…1, or normal with deviation 1',
    }),
    quantiles: Type.Integer({
      default: 1000,
      minimum: 2,
      maximum: 10_000,
      description: 'Landmarks that are stored of each column, at most one for each training row',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface State {
  /** By column: its values at evenly spread shares, ascending; empty where nothing is known of it. */
  readonly landmarks: readonly (readonly number[])[]
}

/** Distances and bounds of scikit-learn's QuantileTransformer. */
const THRESHOLD = 1e-7
const LARGEST = normalQuantile(1 - (THRESHOLD - Number.EPSILON))

const quantile = {
  name: 'quantile',
  summary:
    'Gives each value its share of the training values below it, so that neither tails nor outliers are left. Values beyond ' +
    'the training range get the ends (0 and 1, or ±5.2 for normal). Missing values stay missing; a column without any ' +
    'training value becomes 0.',
  options: Options,
  accepts: 'numeric',
  fit: (columns, { quantiles }) => ({
    landmarks: columns.map(({ values }) => landmarksOf(values, Math.min(quantiles, values.length))),
  }),
  apply: (columns, { landmarks }, { distribution }) =>
    columns.map((column, index) => {
      const known = landmarks[index] as readonly number[]
      return mapNumbers(column, (value) => {
        if (Number.isNaN(value)) return Number.NaN
        if (known.length === 0) return 0
        return distribution === 'uniform'
          ? shareOf(value, known, 0)
          : normal(shareOf(value, known, THRESHOLD))
      })
    }),
} satisfies Transform<Options, State, NumericColumn>
export default quantile

function landmarksOf(values: Float64Array, count: number): number[] {
  const sorted = sortedValues(values)
  if (sorted.length === 0) return []
  const landmarks = Array.from({ length: count }, (_, at) => quantileOf(sorted, shareAt(at, count)))
  // Rounding may have put a landmark below the one before.
  for (let at = 1; at < count; at++) {
    landmarks[at] = Math.max(landmarks[at] as number, landmarks[at - 1] as number)
  }
  return landmarks
}

/** NumPy's linspace. */
const shareAt = (at: number, count: number): number =>
  count === 1 ? 0 : at === count - 1 ? 1 : at * (1 / (count - 1))

/**
 * The share of the training values below a value; in the middle of a run of equal ones.
 *
 * @param threshold values this near to an end get the end
 */
function shareOf(value: number, landmarks: readonly number[], threshold: number): number {
  const first = landmarks[0] as number
  const last = landmarks[landmarks.length - 1] as number
  if (threshold === 0 ? value <= first : value - threshold < first) return 0
  if (threshold === 0 ? value >= last : value + threshold > last) return 1
  const at = firstNotBelow(value, landmarks)
  if (landmarks[at] !== value) return between(value, landmarks, at - 1)
  let end = at
  while (landmarks[end + 1] === value) end++
  return 0.5 * (shareAt(at, landmarks.length) + shareAt(end, landmarks.length))
}

/** Linear between a landmark and the next. */
function between(value: number, landmarks: readonly number[], at: number): number {
  const low = landmarks[at] as number
  const high = landmarks[at + 1] as number
  const from = shareAt(at, landmarks.length)
  return ((shareAt(at + 1, landmarks.length) - from) / (high - low)) * (value - low) + from
}

/** The first landmark that is the value or larger. */
function firstNotBelow(value: number, landmarks: readonly number[]): number {
  let from = 0
  let to = landmarks.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((landmarks[middle] as number) < value) from = middle + 1
    else to = middle
  }
  return from
}

const normal = (share: number): number => Math.min(LARGEST, Math.max(-LARGEST, normalQuantile(share)))
