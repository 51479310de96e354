import type { MetricContext } from '../../contracts/metric.js'

/** The smallest float32 above 0: what a softmax answers with less becomes 0, whose logarithm is no logit. */
const SMALLEST = 2 ** -149
/** Outside of it there is no optimum worth the name: the rows are told apart perfectly, or not at all. */
const BOUNDS = { least: 0.05, most: 20 } as const

/**
 * The temperature that the rows' log loss is least at (Guo et al. 2017, "On Calibration of Modern Neural Networks",
 * 4.2). Logits are the logarithms of the probabilities, which differ from the network's own by a constant a row.
 *
 * The loss is convex in 1 / temperature: Newton's method, kept within an interval that always holds the optimum.
 *
 * @returns null where the optimum is not between 0.05 and 20
 */
export function fitTemperature(context: MetricContext): number | null {
  const logits = context.outputs.map((probability) => Math.log(Math.max(probability, SMALLEST)))
  let [low, high] = [1 / BOUNDS.most, 1 / BOUNDS.least]
  if (slopeAt(low, logits, context).slope >= 0 || slopeAt(high, logits, context).slope <= 0) return null
  let inverse = 1
  for (let iteration = 0; iteration < 100; iteration++) {
    const { slope, curvature } = slopeAt(inverse, logits, context)
    if (slope > 0) high = inverse
    else low = inverse
    const newton = inverse - slope / curvature
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - inverse) <= 1e-12 * inverse) break
    inverse = next
  }
  return 1 / inverse
}

/** First and second derivative of the summed log loss by 1 / temperature. */
function slopeAt(inverse: number, logits: Float64Array, { yTrue, units }: MetricContext) {
  let [slope, curvature] = [0, 0]
  for (let row = 0; row < yTrue.length; row++) {
    const start = row * units
    let largest = -Infinity
    for (let unit = 0; unit < units; unit++) largest = Math.max(largest, logits[start + unit] as number)
    let [sum, first, second] = [0, 0, 0]
    for (let unit = 0; unit < units; unit++) {
      const logit = (logits[start + unit] as number) - largest
      const share = Math.exp(logit * inverse)
      sum += share
      first += share * logit
      second += share * logit * logit
    }
    const mean = first / sum
    slope += mean - ((logits[start + (yTrue[row] as number)] as number) - largest)
    curvature += second / sum - mean * mean
  }
  return { slope, curvature }
}

/**
 * Probabilities as they are at another temperature: each to the power of 1 / temperature, in shares of their sum.
 *
 * @param outputs [rows, units] at temperature 1
 */
export function atTemperature(
  outputs: Float64Array,
  { units, temperature }: { units: number; temperature: number },
): Float64Array {
  const changed = outputs.map((probability) => Math.max(probability, SMALLEST) ** (1 / temperature))
  for (let start = 0; start < changed.length; start += units) {
    let sum = 0
    for (let at = start; at < start + units; at++) sum += changed[at] as number
    for (let at = start; at < start + units; at++) changed[at] = (changed[at] as number) / sum
  }
  return changed
}
