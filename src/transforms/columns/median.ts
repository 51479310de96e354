import { knownValues } from './numbers.js'

/** Ranges that values are counted in: so many that one holds few of them, so few that the counts stay in the cache. */
const RANGES = 4096
/** So few values are put in order at once. */
const FEW = 4 * RANGES

/**
 * The value in the middle of those that are not missing, or the mean of the two there; null without any. Values are
 * counted in ranges, and those of the middle one alone are put in order: three passes over a column, none of which copies
 * it or guesses which side of a pivot the next value is on.
 */
export function medianOf(values: Float64Array): number | null {
  const { count, least, most } = spreadOf(values)
  if (count === 0) return null
  const perUnit = RANGES / (most - least)
  // One value, or a spread that a double can not hold or divide by.
  const isCountable = count > FEW && Number.isFinite(perUnit) && perUnit > 0
  if (!isCountable) return meanOfRanks(knownValues(values), (count - 1) >> 1, count >> 1)
  // The largest value has a range of its own.
  const counts = new Uint32Array(RANGES + 1)
  for (let row = 0; row < values.length; row++) {
    const range = (((values[row] as number) - least) * perUnit) | 0
    counts[range] = (counts[range] as number) + 1
  }
  // NaN | 0 is 0.
  counts[0] = (counts[0] as number) - (values.length - count)
  // Of an even number of values both in the middle may stand in different ranges.
  const [lower, upper] = [(count - 1) >> 1, count >> 1]
  let [below, from] = [0, 0]
  while (below + (counts[from] as number) <= lower) below += counts[from++] as number
  let [kept, to] = [counts[from] as number, from]
  while (below + kept <= upper) kept += counts[++to] as number
  const middle = new Float64Array(kept)
  let at = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    const range = ((value - least) * perUnit) | 0
    if (range >= from && range <= to && !Number.isNaN(value)) middle[at++] = value
  }
  return meanOfRanks(middle, lower - below, upper - below)
}

function spreadOf(values: Float64Array): { count: number; least: number; most: number } {
  let count = 0
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    count++
    if (value < least) least = value
    if (value > most) most = value
  }
  return { count, least, most }
}

/** @param upper the rank `lower`, or the one behind it */
function meanOfRanks(values: Float64Array, lower: number, upper: number): number {
  const above = partition(values, upper)
  if (lower === upper) return above
  let below = Number.NEGATIVE_INFINITY
  for (let at = 0; at < upper; at++) below = Math.max(below, values[at] as number)
  return (below + above) / 2
}

/**
 * Reorders the values so that the `rank`-th smallest stands at its place, with none larger before it; gives it back.
 * Hoare's FIND (1961): linear on average, which sorting 784 columns of a hundred thousand rows is not.
 */
function partition(values: Float64Array, rank: number): number {
  let from = 0
  let to = values.length - 1
  while (from < to) {
    const pivot = values[(from + to) >> 1] as number
    let left = from
    let right = to
    while (left <= right) {
      while ((values[left] as number) < pivot) left++
      while ((values[right] as number) > pivot) right--
      if (left > right) break
      const swapped = values[left] as number
      values[left++] = values[right] as number
      values[right--] = swapped
    }
    if (rank <= right) to = right
    else if (rank >= left) from = left
    else break
  }
  return values[rank] as number
}
