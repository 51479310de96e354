import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededNumbers } from '../../src/datasets/seeded-order.js'
import { nextPromotion, type RungResult, rungsOf } from '../../src/jobs/search/methods/asha.js'
import type { Coordinates, Dimension, Observation, Suggest } from '../../src/jobs/search/methods/method.js'
import { suggestRandom } from '../../src/jobs/search/methods/random.js'
import { suggestTpe } from '../../src/jobs/search/methods/tpe.js'

const plane: Dimension[] = [
  { name: 'x', choices: null },
  { name: 'y', choices: null },
]

/** Branin on the unit square; its least value is 0.397887. */
function branin({ x = 0, y = 0 }: Coordinates): number {
  const [a, b] = [15 * x - 5, 15 * y]
  const curve = b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6
  return curve * curve + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10
}
const quadratic = ({ x = 0, y = 0 }: Coordinates): number => (x - 0.3) ** 2 + 4 * (y - 0.8) ** 2

/** The least loss of so many trials, each after the one before has ended. */
function search(
  suggest: Suggest,
  loss: (at: Coordinates) => number,
  { seed, trials, dimensions = plane }: { seed: number; trials: number; dimensions?: Dimension[] },
): number {
  const random = seededNumbers(seed)
  const observations: Observation[] = []
  for (let trial = 0; trial < trials; trial++) {
    const coordinates = suggest({ dimensions, observations, pending: [], random })
    observations.push({ coordinates, loss: loss(coordinates) })
  }
  return Math.min(...observations.map((each) => each.loss))
}
const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1)
const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length / 2] ?? Number.NaN

for (const [name, loss] of Object.entries({ branin, quadratic })) {
  test(`TPE finds better places of ${name} than chance does in as many trials`, () => {
    const of = (suggest: Suggest) => seeds.map((seed) => search(suggest, loss, { seed, trials: 60 }))
    const [tpe, chance] = [of(suggestTpe), of(suggestRandom)]
    const wins = tpe.filter((best, index) => best < (chance[index] as number)).length
    assert.ok(wins >= 28, `better in ${wins} of 40`)
    assert.ok(median(tpe) < median(chance))
  })
}

test('TPE chooses the better of several ways, and then their own dimensions', () => {
  const dimensions: Dimension[] = [
    { name: 'way', choices: 3 },
    { name: 'x', choices: null, only: { dimension: 'way', choice: 1 } },
  ]
  const random = seededNumbers(5)
  const observations: Observation[] = []
  for (let trial = 0; trial < 60; trial++) {
    const coordinates = suggestTpe({ dimensions, observations, pending: [], random })
    assert.equal(coordinates.way === 1, coordinates.x !== undefined)
    const { way, x = 0 } = coordinates
    observations.push({ coordinates, loss: way === 1 ? (x - 0.7) ** 2 : 0.5 })
  }
  const late = observations.slice(30)
  assert.ok(late.filter(({ coordinates }) => coordinates.way === 1).length > 20)
  const near = late.filter(({ coordinates: { x } }) => x !== undefined && Math.abs(x - 0.7) < 0.15)
  assert.ok(near.length > 12, `${near.length}`)
})

test('the first suggestions of TPE are by chance, and failed trials repel', () => {
  const options = { dimensions: plane, observations: [], pending: [] }
  assert.deepEqual(
    suggestTpe({ ...options, random: seededNumbers(3) }),
    suggestRandom({ ...options, random: seededNumbers(3) }),
  )
  const best = search(suggestTpe, (at) => ((at.x ?? 0) > 0.5 ? Number.POSITIVE_INFINITY : quadratic(at)), {
    seed: 1,
    trials: 40,
  })
  assert.ok(best < 0.05, `${best}`)
})

const options = { reduction: 3, rungEpochs: [1, 3, 9] }
const results = (rung: number, losses: readonly (number | null)[]): RungResult[] =>
  losses.map((loss, configuration) => ({ configuration, rung, loss }))

test('rungs end with all epochs, each η times those before it', () => {
  assert.deepEqual(rungsOf({ reduction: 3, minEpochs: 1, maxEpochs: 81 }), [1, 3, 9, 27, 81])
  assert.deepEqual(rungsOf({ reduction: 4, minEpochs: 1, maxEpochs: 256 }), [1, 4, 16, 64, 256])
  assert.deepEqual(rungsOf({ reduction: 3, minEpochs: 4, maxEpochs: 100 }), [12, 34, 100])
  assert.deepEqual(rungsOf({ reduction: 3, minEpochs: 1, maxEpochs: 2 }), [2])
})

test('a rung promotes nobody before η configurations have ended there, then its best', () => {
  assert.equal(nextPromotion(results(0, [0.5, 0.4]), options), null)
  assert.equal(nextPromotion(results(0, [0.5, 0.4, null]), options), null)
  assert.deepEqual(nextPromotion(results(0, [0.5, 0.4, 0.6]), options), { configuration: 1, rung: 1 })
})

test('nobody is promoted twice, and the second best waits until the top third has room', () => {
  const promoted = [{ configuration: 1, rung: 1, loss: null }]
  assert.equal(nextPromotion([...results(0, [0.5, 0.4, 0.6]), ...promoted], options), null)
  const six = [...results(0, [0.5, 0.4, 0.6, 0.7, 0.8, 0.9]), ...promoted]
  assert.deepEqual(nextPromotion(six, options), { configuration: 0, rung: 1 })
})

test('a better one that ends late is promoted too: mistakes of an early promotion are made good', () => {
  const late = [...results(0, [0.5, 0.4, 0.6, 0.1]), { configuration: 1, rung: 1, loss: null }]
  assert.deepEqual(nextPromotion(late, options), { configuration: 3, rung: 1 })
})

test('higher rungs go first, none is above the highest, and failed trials are never promoted', () => {
  const first = results(0, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2])
  const second = [0.3, 0.1, 0.2].map((loss, configuration) => ({ configuration, rung: 1, loss }))
  assert.deepEqual(nextPromotion([...first, ...second], options), { configuration: 1, rung: 2 })
  const top = [{ configuration: 1, rung: 2, loss: 0.05 }]
  assert.deepEqual(nextPromotion([...first, ...second, ...top], options), { configuration: 3, rung: 1 })
  const failed = results(0, [Infinity, Infinity, Infinity])
  assert.equal(nextPromotion(failed, options), null)
})

test('with the budgets of the paper’s example, 9 configurations end as 9, 3 and 1 (figure 1, η = 3)', () => {
  const known: RungResult[] = []
  let fresh = 0
  for (let worker = 0; worker < 13; worker++) {
    const next = nextPromotion(known, options) ?? { configuration: fresh++, rung: 0 }
    known.push({ ...next, loss: next.configuration / 10 - next.rung })
  }
  const counts = [0, 1, 2].map((rung) => known.filter((each) => each.rung === rung).length)
  assert.deepEqual(counts, [9, 3, 1])
})
