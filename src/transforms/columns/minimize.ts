const GOLDEN = 0.5 * (3 - Math.sqrt(5))
const SQRT_EPSILON = Math.sqrt(2.2e-16)
/** Of SciPy's `brent`: near the square root of a double's precision, below which a minimum's place can not be told. */
const TOLERANCE = 1.48e-8
const MAX_STEPS = 500

/**
 * Where a function of one number is smallest: golden sections, and parabolas where they fit (Brent 1973, "fmin", as
 * SciPy's `fminbound`).
 */
export function minimize(loss: (at: number) => number, { from, to }: { from: number; to: number }): number {
  let [low, high] = [from, to]
  let best = low + GOLDEN * (high - low)
  let [second, third] = [best, best]
  let bestLoss = loss(best)
  let [secondLoss, thirdLoss] = [bestLoss, bestLoss]
  let step = 0
  let stepBefore = 0
  for (let count = 0; count < MAX_STEPS; count++) {
    const middle = 0.5 * (low + high)
    const near = SQRT_EPSILON * Math.abs(best) + TOLERANCE / 3
    if (Math.abs(best - middle) <= 2 * near - 0.5 * (high - low)) break
    const parabola =
      Math.abs(stepBefore) > near
        ? parabolaThrough({ best, second, third, bestLoss, secondLoss, thirdLoss })
        : null
    const fits =
      parabola !== null &&
      Math.abs(parabola.p) < Math.abs(0.5 * parabola.q * stepBefore) &&
      parabola.p > parabola.q * (low - best) &&
      parabola.p < parabola.q * (high - best)
    if (fits) {
      stepBefore = step
      step = parabola.p / parabola.q
      const at = best + step
      if (at - low < 2 * near || high - at < 2 * near) step = middle >= best ? near : -near
    } else {
      stepBefore = best >= middle ? low - best : high - best
      step = GOLDEN * stepBefore
    }
    const at = best + (step >= 0 ? 1 : -1) * Math.max(Math.abs(step), near)
    const atLoss = loss(at)
    if (atLoss <= bestLoss) {
      if (at >= best) low = best
      else high = best
      ;[third, thirdLoss] = [second, secondLoss]
      ;[second, secondLoss] = [best, bestLoss]
      ;[best, bestLoss] = [at, atLoss]
      continue
    }
    if (at < best) low = at
    else high = at
    if (atLoss <= secondLoss || second === best) {
      ;[third, thirdLoss] = [second, secondLoss]
      ;[second, secondLoss] = [at, atLoss]
    } else if (atLoss <= thirdLoss || third === best || third === second) {
      ;[third, thirdLoss] = [at, atLoss]
    }
  }
  return best
}

/** The step p / q from the best point to the minimum of the parabola through the three points. */
function parabolaThrough(
  points: Record<'best' | 'second' | 'third' | 'bestLoss' | 'secondLoss' | 'thirdLoss', number>,
) {
  const { best, second, third } = points
  const r = (best - second) * (points.bestLoss - points.thirdLoss)
  const q = (best - third) * (points.bestLoss - points.secondLoss)
  const p = (best - third) * q - (best - second) * r
  const twice = 2 * (q - r)
  return { p: twice > 0 ? -p : p, q: Math.abs(twice) }
}
