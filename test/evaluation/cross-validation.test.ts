import assert from 'node:assert/strict'
import { test } from 'node:test'
import { studentTQuantile } from '../../src/evaluation/comparison/student-t.js'
import { meanInterval } from '../../src/evaluation/cross-validation/mean-interval.js'
import { packAnswers, unpackAnswers } from '../../src/evaluation/cross-validation/packed-answers.js'

test('quantiles of Student’s t are those of the tables', () => {
  const known = [
    [0.975, 1, 12.706204736],
    [0.975, 4, 2.776445105],
    [0.95, 9, 1.833112933],
    [0.975, 99, 1.984216952],
  ] as const
  for (const [p, degrees, expected] of known) {
    assert.ok(Math.abs(studentTQuantile(p, degrees) - expected) < 1e-8, `${degrees}`)
  }
})

test('the interval of a mean over folds is t · s / √k to either side', () => {
  // Mean 0.94, s² = 0.0005, half = 2.776445105 · √(0.0005 / 5)
  const { mean, interval } = meanInterval([0.92, 0.93, 0.93, 0.94, 0.98])
  assert.equal(mean?.toFixed(12), '0.940000000000')
  const squares = [0.92, 0.93, 0.93, 0.94, 0.98].reduce((sum, value) => sum + (value - 0.94) ** 2, 0)
  const half = 2.776445105 * Math.sqrt(squares / 4 / 5)
  assert.ok(interval && Math.abs(interval[0] - (0.94 - half)) < 1e-9)
  assert.ok(Math.abs(interval[1] - (0.94 + half)) < 1e-9)
})

test('folds in which a metric is undefined are left out; of one fold there is no interval', () => {
  assert.deepEqual(meanInterval([null, 0.5, null]), { mean: 0.5, interval: null })
  assert.deepEqual(meanInterval([null, null]), { mean: null, interval: null })
  assert.equal(meanInterval([0.4, null, 0.6]).mean, 0.5)
})

test('answers come back from their bytes as they were', () => {
  const answers = {
    rows: Int32Array.of(7, 2, 9),
    yTrue: Float64Array.of(1, 0, 1),
    outputs: Float64Array.of(0.1, 0.9, 0.75, 0.25, 1 / 3, 2 / 3),
  }
  const bytes = packAnswers(answers)
  assert.deepEqual(unpackAnswers(Buffer.concat([Buffer.alloc(3), bytes]).subarray(3), 2), answers)
})
