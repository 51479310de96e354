import { type Coordinates, chooseEach, type Dimension, type Suggest } from './method.js'
import { suggestRandom } from './random.js'

/** Trials by chance before there is something to go by; Optuna's default. */
const STARTUP = 10
/** Share of the trials that count as good, and how many at most; Optuna's defaults. */
const GOOD_SHARE = 0.1
const MAX_GOOD = 25
/** Places that are drawn from the density of the good ones, of which the most promising is taken; the paper's figure. */
const CANDIDATES = 24

/**
 * The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011, section 4): l(x) is the density of the
 * good trials, g(x) that of all others, and the place with the largest l(x) / g(x) of some that l(x) gives is tried, each
 * dimension by itself. Trials that have not ended count among the others, so that their neighbourhood is left to them.
 */
export const suggestTpe: Suggest = (options) => {
  const { dimensions, observations, pending, random } = options
  if (observations.length < STARTUP) return suggestRandom(options)
  const sorted = [...observations].sort((a, b) => a.loss - b.loss)
  const count = Math.min(Math.ceil(GOOD_SHARE * sorted.length), MAX_GOOD)
  const places = sorted.map(({ coordinates }) => coordinates)
  const good = places.slice(0, count)
  const others = [...places.slice(count), ...pending]
  return chooseEach(dimensions, (dimension) => {
    const [l, g] = [good, others].map((from) => density(dimension, valuesAt(dimension, from)))
    let best = { value: 0, score: Number.NEGATIVE_INFINITY }
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      const value = (l as Density).draw(random)
      const score = (l as Density).log(value) - (g as Density).log(value)
      if (score > best.score) best = { value, score }
    }
    return best.value
  })
}

const valuesAt = ({ name }: Dimension, places: readonly Coordinates[]): number[] =>
  places.flatMap((place) => place[name] ?? [])

interface Density {
  draw(random: () => number): number
  log(value: number): number
}

const density = ({ choices }: Dimension, values: readonly number[]): Density =>
  choices === null ? parzen(values) : frequencies(values, choices)

/** Shares of the choices, with one more observation spread over all of them. */
function frequencies(values: readonly number[], choices: number): Density {
  const weights = new Array<number>(choices).fill(1 / choices)
  for (const value of values) weights[value] = (weights[value] ?? 0) + 1
  const total = values.length + 1
  return {
    draw(random) {
      let left = random() * total
      const index = weights.findIndex((weight) => {
        left -= weight
        return left < 0
      })
      return index < 0 ? choices - 1 : index
    },
    log: (value) => Math.log((weights[value] ?? 0) / total),
  }
}

/**
 * A mixture of normal distributions cut off at 0 and 1: one around each value, as wide as the larger gap to its
 * neighbours, and one over the whole range. Widths are kept between 1 / min(100, 1 + values) and 1, as in Hyperopt.
 */
function parzen(values: readonly number[]): Density {
  const prior = 0.5
  const centres = [...values, prior].sort((a, b) => a - b)
  const narrowest = 1 / Math.min(100, 1 + centres.length)
  const parts = centres.map((centre, at) => {
    const gap = Math.max(centre - (centres[at - 1] ?? 0), (centres[at + 1] ?? 1) - centre)
    const width = centre === prior && at === centres.indexOf(prior) ? 1 : gap
    return truncatedNormal(centre, Math.min(1, Math.max(narrowest, width)))
  })
  return {
    draw: (random) => (parts[Math.floor(random() * parts.length)] as Normal).draw(random),
    log: (value) =>
      Math.log(parts.reduce((sum, part) => sum + part.density(value), 0) / parts.length + Number.MIN_VALUE),
  }
}

interface Normal {
  draw(random: () => number): number
  density(value: number): number
}

function truncatedNormal(mean: number, deviation: number): Normal {
  const [from, to] = [cumulative(-mean / deviation), cumulative((1 - mean) / deviation)]
  const scale = deviation * Math.sqrt(2 * Math.PI) * (to - from)
  return {
    // At least a third of each distribution lies within: it is soon done.
    draw(random) {
      for (;;) {
        const radius = Math.sqrt(-2 * Math.log(1 - random()))
        const value = mean + deviation * radius * Math.cos(2 * Math.PI * random())
        if (value >= 0 && value <= 1) return value
      }
    },
    density: (value) => Math.exp(-0.5 * ((value - mean) / deviation) ** 2) / scale,
  }
}

/** The standard normal distribution function (Abramowitz and Stegun 26.2.17, error below 7.5e-8). */
function cumulative(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const upper = (Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI)) * series
  return z >= 0 ? 1 - upper : upper
}
