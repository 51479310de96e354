import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianOf } from '../../src/transforms/columns/median.js'
import { randomNumbers } from '../conformance/transform-samples.js'

/** By the definition. */
function sortedMedian(values: Float64Array): number | null {
  const known = values.filter((value) => !Number.isNaN(value)).sort()
  const middle = known.length >> 1
  if (known.length === 0) return null
  if (known.length % 2 === 1) return known[middle] as number
  return ((known[middle - 1] as number) + (known[middle] as number)) / 2
}

const draws: Record<string, (random: () => number) => number> = {
  'evenly spread': (random) => random() * 100 - 50,
  'one far away': (random) => (random() < 1e-4 ? 1e300 : random()),
  'of both ends of what a double holds': (random) => (random() - 0.5) * Number.MAX_VALUE * 2,
  'smaller than normal ones': (random) => random() * 1e-310,
  'a few different ones': (random) => Math.floor(random() * 3),
  'two heaps far apart': (random) => (random() < 0.5 ? -1e6 : 1e6) + random(),
  'all the same': () => 7.25,
}

for (const [name, draw] of Object.entries(draws)) {
  test(`the median of values that are ${name} is the one in the middle, or the mean of the two there`, () => {
    const random = randomNumbers(7)
    for (const rows of [0, 1, 2, 3, 10, 16_385, 40_000, 40_001]) {
      for (const missing of [0, 0.1]) {
        const values = Float64Array.from({ length: rows }, () =>
          random() < missing ? Number.NaN : draw(random),
        )
        const before = values.slice()
        assert.equal(medianOf(values), sortedMedian(values), `${rows} rows, ${missing} missing`)
        assert.deepEqual(values, before)
      }
    }
  })
}

test('there is no median where everything is missing', () => {
  assert.equal(medianOf(new Float64Array(20_000).fill(Number.NaN)), null)
})
