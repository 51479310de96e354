import type { NumericColumn } from '../../contracts/table.js'

/** The values that are not missing, as a copy. */
export function knownValues(values: Float64Array): Float64Array {
  const known = new Float64Array(values.length)
  let count = 0
  for (let row = 0; row < values.length; row++) {
    if (!Number.isNaN(values[row])) known[count++] = values[row] as number
  }
  return known.subarray(0, count)
}

/** The values that are not missing, in ascending order. */
export const sortedValues = (values: Float64Array): Float64Array => knownValues(values).sort()

/**
 * The value below which a share of the sorted values lies, linear between two of them, as NumPy's `percentile`
 * (method 7 of Hyndman and Fan 1996).
 *
 * @param sorted not empty, ascending
 * @param share 0…1
 */
export function quantileOf(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share
  const below = Math.floor(place)
  const [low, high] = [sorted[below] as number, sorted[Math.min(below + 1, sorted.length - 1)] as number]
  const part = place - below
  // NumPy goes from the nearer end, so that equal neighbours give the very value.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part)
}

/** A column of the same name with each value mapped; `map` is pure. */
export function mapNumbers({ name, values }: NumericColumn, map: (value: number) => number): NumericColumn {
  const out = new Float64Array(values.length)
  for (let row = 0; row < out.length; row++) out[row] = map(values[row] as number)
  return { kind: 'numeric', name, values: out }
}

/** Mean and population standard deviation of the values that are not missing, in two passes; null without any. */
export function momentsOf(values: Float64Array): { mean: number; deviation: number } | null {
  let count = 0
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (Number.isNaN(value)) continue
    count++
    sum += value
  }
  if (count === 0) return null
  const mean = sum / count
  let squares = 0
  for (let row = 0; row < values.length; row++) {
    const difference = (values[row] as number) - mean
    if (!Number.isNaN(difference)) squares += difference * difference
  }
  return { mean, deviation: Math.sqrt(squares / count) }
}

/** A spread that is only rounding of the numbers' size: a constant column, which must not be blown up to noise. */
export const isNegligible = (spread: number, size: number): boolean =>
  spread <= 10 * Number.EPSILON * Math.abs(size)
