/** Numbers of the rows that have both; NaN is missing. */
export type Numbers = Float64Array
/** Codes from 0; −1 is missing. */
export type Codes = Int32Array

const MIN_ROWS = 3

/**
 * Pearson’s correlation of the rows that have both numbers.
 *
 * @returns −1 to 1; null with fewer than three such rows, or where one of them does not vary
 */
export function pearson(x: Numbers, y: Numbers): { value: number; rows: number } | null {
  let [rows, meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0, 0]
  let [firstX, firstY] = [0, 0]
  for (let row = 0; row < x.length; row++) {
    const [givenX, givenY] = [x[row] as number, y[row] as number]
    if (Number.isNaN(givenX) || Number.isNaN(givenY)) continue
    if (rows === 0) [firstX, firstY] = [givenX, givenY]
    rows++
    // From the first value on, by Welford’s update: sums of squares of large numbers would lose their digits.
    const [a, b] = [givenX - firstX, givenY - firstY]
    const [dx, dy] = [a - meanX, b - meanY]
    meanX += dx / rows
    meanY += dy / rows
    xx += dx * (a - meanX)
    yy += dy * (b - meanY)
    xy += dx * (b - meanY)
  }
  const value = xy / (Math.sqrt(xx) * Math.sqrt(yy))
  return rows >= MIN_ROWS && Number.isFinite(value) ? { value: clamped(value, -1), rows } : null
}

/**
 * Ranks from 1, ties sharing their mean; NaN stays. Pearson’s correlation of two columns’ ranks is Spearman’s; where
 * values are missing, ranks are those among all of a column’s values.
 */
export function ranksOf(values: Numbers): Numbers {
  const order = Int32Array.from(values.keys())
    .filter((row) => !Number.isNaN(values[row] as number))
    .sort((a, b) => (values[a] as number) - (values[b] as number))
  const ranks = new Float64Array(values.length).fill(Number.NaN)
  const valueAt = (place: number) => values[order[place] as number]
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && valueAt(end) === valueAt(start)) end++
    for (let place = start; place < end; place++) ranks[order[place] as number] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}

/** How often each pair of categories stands together, and each of them. */
function crossed(a: Codes, b: Codes) {
  const cells = new Map<string, { first: number; second: number; count: number }>()
  const [first, second] = [new Map<number, number>(), new Map<number, number>()]
  let rows = 0
  for (let row = 0; row < a.length; row++) {
    const [i, j] = [a[row] as number, b[row] as number]
    if (i < 0 || j < 0) continue
    rows++
    first.set(i, (first.get(i) ?? 0) + 1)
    second.set(j, (second.get(j) ?? 0) + 1)
    const key = `${i} ${j}`
    const cell = cells.get(key)
    if (cell === undefined) cells.set(key, { first: i, second: j, count: 1 })
    else cell.count++
  }
  return { rows, first, second, cells: cells.values() }
}

/**
 * Cramér’s V, without its bias (Bergsma, 2013): how well one of two categories tells the other.
 *
 * @returns 0 to 1; null with fewer than three rows that have both, or where one of them does not vary
 */
export function cramersV(a: Codes, b: Codes): { value: number; rows: number } | null {
  const { rows, first, second, cells } = crossed(a, b)
  const [r, k] = [first.size, second.size]
  if (rows < MIN_ROWS || r < 2 || k < 2) return null
  // χ²/n = Σ count² / (row · column) − 1
  let phi = -1
  for (const { first: i, second: j, count } of cells) {
    phi += (count * count) / ((first.get(i) as number) * (second.get(j) as number))
  }
  const unbiased = Math.max(0, phi - ((r - 1) * (k - 1)) / (rows - 1))
  const width = (size: number) => size - (size - 1) ** 2 / (rows - 1)
  const least = Math.min(width(r), width(k)) - 1
  return { value: least > 0 ? clamped(Math.sqrt(unbiased / least), 0) : 0, rows }
}

/**
 * The correlation ratio η (Pearson, 1905): the share of a number’s deviation that the means of the categories explain.
 *
 * @returns 0 to 1; null with fewer than three rows that have both, or where one of them does not vary
 */
export function correlationRatio(numbers: Numbers, codes: Codes): { value: number; rows: number } | null {
  const groups = new Map<number, { rows: number; mean: number }>()
  let [rows, mean, total] = [0, 0, 0]
  for (let row = 0; row < numbers.length; row++) {
    const [value, code] = [numbers[row] as number, codes[row] as number]
    if (Number.isNaN(value) || code < 0) continue
    rows++
    const difference = value - mean
    mean += difference / rows
    total += difference * (value - mean)
    const group = groups.get(code) ?? { rows: 0, mean: 0 }
    group.rows++
    group.mean += (value - group.mean) / group.rows
    groups.set(code, group)
  }
  if (rows < MIN_ROWS || groups.size < 2 || !(total > 0)) return null
  let between = 0
  for (const group of groups.values()) between += group.rows * (group.mean - mean) ** 2
  const value = Math.sqrt(between / total)
  return Number.isFinite(value) ? { value: clamped(value, 0), rows } : null
}

const clamped = (value: number, least: number): number => Math.min(1, Math.max(least, value))
