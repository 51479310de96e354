/** Errors by the number of rows learnt from: floor + scale · rows^(−exponent). */
export interface CurveFit {
  readonly floor: number
  readonly scale: number
  readonly exponent: number
}

export interface CurvePoint {
  readonly rows: number
  /** Less is better. */
  readonly error: number
}

const STEEPEST = 2
const STEPS = 200

/**
 * Fits the inverse power law that errors follow in the number of training rows (Cortes et al. 1993, Figueroa et al. 2012)
 * by least squares: for each exponent of a grid, scale and floor are a line through the points, neither below 0.
 *
 * @returns null with fewer than three different sizes, or where the errors do not fall
 */
export function fitCurve(points: readonly CurvePoint[]): CurveFit | null {
  if (new Set(points.map(({ rows }) => rows)).size < 3) return null
  let best: { fit: CurveFit; loss: number } | null = null
  for (let step = 1; step <= STEPS; step++) {
    const fit = lineFor(points, (step / STEPS) * STEEPEST)
    if (fit === null) continue
    const loss = points.reduce((sum, { rows, error }) => sum + (errorAt(fit, rows) - error) ** 2, 0)
    if (best === null || loss < best.loss) best = { fit, loss }
  }
  return best?.fit ?? null
}

export const errorAt = ({ floor, scale, exponent }: CurveFit, rows: number): number =>
  floor + scale * rows ** -exponent

/** Least squares of error on rows^(−exponent); null where it rises with more rows. */
function lineFor(points: readonly CurvePoint[], exponent: number): CurveFit | null {
  const x = points.map(({ rows }) => rows ** -exponent)
  const y = points.map(({ error }) => error)
  const [meanX, meanY] = [mean(x), mean(y)]
  const covariance = x.reduce((sum, value, at) => sum + (value - meanX) * ((y[at] as number) - meanY), 0)
  const variance = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0)
  const scale = covariance / variance
  if (!(scale > 0)) return null
  const floor = meanY - scale * meanX
  if (floor >= 0) return { floor, scale, exponent }
  const through = x.reduce((sum, value, at) => sum + value * (y[at] as number), 0)
  return { floor: 0, scale: through / x.reduce((sum, value) => sum + value * value, 0), exponent }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
