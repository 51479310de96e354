import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadMetrics } from '../../src/evaluation/catalogue.js'
import { majorityPredictor } from '../../src/evaluation/trivial-predictor.js'

const metrics = await loadMetrics()

/** Expected numbers are scikit-learn 1.9's, with zero_division=nan where a class has no figure. */
const close = (actual: number | null | undefined, expected: number) =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`)

function scores(yTrue: number[], outputs: number[], units: number) {
  const context = { yTrue: Float64Array.from(yTrue), outputs: Float64Array.from(outputs), units }
  return (name: string) => metrics.get(name)?.compute(context) ?? assert.fail(`no metric ${name}`)
}
const oneHot = (predicted: number[], units: number) =>
  predicted.flatMap((index) => Array.from({ length: units }, (_, unit) => (unit === index ? 1 : 0)))

const threeClasses = scores(
  [0, 0, 1, 2, 2, 2, 1, 0, 2, 1],
  [
    [0.7, 0.2, 0.1],
    [0.4, 0.5, 0.1],
    [0.1, 0.6, 0.3],
    [0.2, 0.2, 0.6],
    [0.3, 0.3, 0.4],
    [0.5, 0.1, 0.4],
    [0.2, 0.5, 0.3],
    [0.6, 0.3, 0.1],
    [0.1, 0.1, 0.8],
    [0.3, 0.3, 0.4],
  ].flat(),
  3,
)

test('three classes are scored as scikit-learn scores them', () => {
  close(threeClasses('accuracy').value, 0.7)
  for (const figure of ['precision', 'recall', 'f1']) {
    close(threeClasses(`${figure}-macro`).value, 0.6944444444444443)
    close(threeClasses(`${figure}-weighted`).value, 0.7)
  }
  close(threeClasses('log-loss').value, 0.6758287547059261)
  close(threeClasses('roc-auc').value, 0.9305555555555557)
})

test('two classes with tied scores and a certain answer are scored as scikit-learn scores them', () => {
  const second = [0.1, 0.4, 0.4, 0.4, 0.8, 0.6, 0.1, 1]
  const binary = scores(
    [0, 1, 1, 0, 1, 0, 0, 1],
    second.flatMap((p) => [1 - p, p]),
    2,
  )
  close(binary('roc-auc').value, 0.8125)
  close(binary('log-loss').value, 0.4616953002522898)
})

test('a class that is never predicted has no precision and is left out of its average', () => {
  const score = scores([0, 0, 1, 2], oneHot([0, 0, 1, 1], 3), 3)
  close(score('precision-macro').value, 0.75)
  close(score('precision-weighted').value, 0.8333333333333334)
  close(score('recall-macro').value, 0.6666666666666666)
  close(score('f1-macro').value, 0.5555555555555555)
  close(score('f1-weighted').value, 0.6666666666666666)
})

test('a predicted class without rows has no recall, and leaves the area under the curve undefined', () => {
  const score = scores([0, 0, 1], oneHot([0, 2, 1], 3), 3)
  close(score('precision-macro').value, 0.6666666666666666)
  close(score('recall-macro').value, 0.75)
  close(score('f1-macro').value, 0.5555555555555555)
  close(score('f1-weighted').value, 0.7777777777777777)
  assert.deepEqual(score('roc-auc'), { value: null, reason: '1 of 3 classes have no rows' })
})

test('numbers are scored as scikit-learn scores them', () => {
  const score = scores([3, -0.5, 2, 7, 4.25], [2.5, 0, 2.1, 7.8, 4], 1)
  close(score('mae').value, 0.43)
  close(score('rmse').value, 0.4924428900898052)
  close(score('r2').value, 0.9605048859934854)
  close(score('mape').value, 0.27795518207282915)
})

test('what is undefined is null with the reason', () => {
  assert.deepEqual(scores([2, 2], [1, 3], 1)('r2'), { value: null, reason: 'all true values are equal' })
  assert.deepEqual(scores([2], [1], 1)('r2'), { value: null, reason: 'it takes at least two rows' })
  assert.deepEqual(scores([0, 2], [1, 3], 1)('mape'), { value: null, reason: '1 true values are 0' })
})

test('the trivial predictor’s probabilities are the classes’ shares to the last bit', () => {
  const targets = Float64Array.from({ length: 3000 }, (_, row) => row % 3)
  const { outputs } = majorityPredictor({ targets, of: 'these rows' }, { rows: 1, classes: ['a', 'b', 'c'] })
  assert.deepEqual([...outputs], [1 / 3, 1 / 3, 1 / 3])
})

for (const metric of metrics.values()) {
  test(`${metric.name} is null without rows, and best for a perfect model`, () => {
    const units = metric.kind === 'classification' ? Math.max(2, metric.minClasses ?? 0) : 1
    const context = (yTrue: number[], outputs: number[]) =>
      metric.compute({ yTrue: Float64Array.from(yTrue), outputs: Float64Array.from(outputs), units })
    const empty = context([], [])
    assert.equal(empty.value, null)
    assert.ok(empty.reason)
    const perfect = units === 1 ? context([1, 2, 3], [1, 2, 3]) : context([0, 1, 1], oneHot([0, 1, 1], units))
    close(Math.round((perfect.value ?? Number.NaN) * 1e12) / 1e12, metric.direction === 'maximise' ? 1 : 0)
  })
}
