import type { FitContext } from '../../contracts/transform.js'
import { quantileOf, sortedValues } from './numbers.js'

/** Known values of a column with the targets of their rows. */
export interface Scored extends Pick<FitContext, 'targets' | 'classes'> {
  readonly values: Float64Array
}

/**
 * How much more a column differs between the classes than within them (analysis of variance), or how far it follows a
 * number: scikit-learn's `f_classif` and `f_regression`. NaN where it is undefined.
 */
export const fScore = (scored: Scored): number =>
  scored.classes > 0 ? fOfClasses(scored) : fOfNumbers(scored)

function fOfClasses({ values, targets, classes }: Scored): number {
  const { sizes, sums } = sumsByClass({ values, targets, classes })
  const mean = total(sums) / values.length
  let between = 0
  let present = 0
  for (let index = 0; index < classes; index++) {
    const size = sizes[index] as number
    if (size === 0) continue
    present++
    between += size * ((sums[index] as number) / size - mean) ** 2
  }
  let within = 0
  for (let row = 0; row < values.length; row++) {
    const index = targets[row] as number
    within += ((values[row] as number) - (sums[index] as number) / (sizes[index] as number)) ** 2
  }
  return between / (present - 1) / (within / (values.length - present))
}

function fOfNumbers({ values, targets }: Scored): number {
  const [meanX, meanY] = [total(values) / values.length, total(targets) / values.length]
  let [xx, yy, xy] = [0, 0, 0]
  for (let row = 0; row < values.length; row++) {
    const [x, y] = [(values[row] as number) - meanX, (targets[row] as number) - meanY]
    xx += x * x
    yy += y * y
    xy += x * y
  }
  const squared = (xy * xy) / (xx * yy)
  return (squared / (1 - squared)) * (values.length - 2)
}

/** How far sums of counts or other numbers that are not negative differ between classes: scikit-learn's `chi2`. */
export function chiSquared(scored: Scored): number {
  const { sizes, sums } = sumsByClass(scored)
  const all = total(sums)
  return sums.reduce((sum, observed, index) => {
    const expected = ((sizes[index] as number) / scored.values.length) * all
    return expected === 0 ? sum : sum + (observed - expected) ** 2 / expected
  }, 0)
}

function sumsByClass({ values, targets, classes }: Scored) {
  const sizes = new Float64Array(classes)
  const sums = new Float64Array(classes)
  for (let row = 0; row < values.length; row++) {
    const index = targets[row] as number
    sizes[index] = (sizes[index] as number) + 1
    sums[index] = (sums[index] as number) + (values[row] as number)
  }
  return { sizes, sums }
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)

/** A number with more different values than this is cut into as many ranges. */
const RANGES = 10

/**
 * How much the column tells about the target, in nats, from the table of both (scikit-learn's `mutual_info_score`).
 * Numbers with many values count by their tenths; missing values are a value of their own.
 */
export function mutualInformation({ values, targets, classes }: Scored): number {
  const xs = codesOf(values)
  const ys = classes > 0 ? targets : codesOf(targets)
  const joint = new Map<number, number>()
  const [ofX, ofY] = [new Map<number, number>(), new Map<number, number>()]
  const width = Math.max(classes, RANGES + 1)
  for (let row = 0; row < xs.length; row++) {
    const [x, y] = [xs[row] as number, ys[row] as number]
    count(joint, x * width + y)
    count(ofX, x)
    count(ofY, y)
  }
  let information = 0
  for (const [pair, rows] of joint) {
    const [x, y] = [Math.floor(pair / width), pair % width]
    const expected = ((ofX.get(x) as number) * (ofY.get(y) as number)) / xs.length
    information += (rows / xs.length) * Math.log(rows / expected)
  }
  return Math.max(0, information)
}

const count = (counts: Map<number, number>, key: number): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** [rows]: 0 for missing, else 1 + the number of the value or of its range. */
function codesOf(values: Float64Array): Float64Array {
  const sorted = sortedValues(values)
  const different = new Set(sorted)
  const starts =
    different.size <= RANGES
      ? [...different]
      : [...new Set(Array.from({ length: RANGES }, (_, at) => quantileOf(sorted, at / RANGES)))]
  return values.map((value) => (Number.isNaN(value) ? 0 : starts.filter((start) => start <= value).length))
}
