import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadMetrics } from '../../src/evaluation/catalogue.js'
import { randomizationTests } from '../../src/evaluation/comparison/randomization.js'

const metrics = await loadMetrics()
const { signal } = new AbortController()
const rows = 200
const yTrue = Float64Array.from({ length: rows }, (_, row) => row % 2)

/** Probabilities of two classes, the right one named in all rows but those. */
const answers = (isWrong: (row: number) => boolean, sure = 0.9): Float64Array =>
  Float64Array.from(yTrue).reduce(
    (outputs, truth, row) => {
      const answered = isWrong(row) ? 1 - truth : truth
      outputs[2 * row + answered] = sure
      outputs[2 * row + 1 - answered] = 1 - sure
      return outputs
    },
    new Float64Array(2 * rows),
  )

const tests = (first: Float64Array, second: Float64Array, names = ['accuracy', 'log-loss']) =>
  randomizationTests(names, { metrics, context: { yTrue, units: 2 }, first, second, signal })

test('equal answers differ by chance alone', async () => {
  const same = answers((row) => row % 10 === 0)
  assert.deepEqual(await tests(same, same.slice()), { accuracy: 1, 'log-loss': 1 })
})

test('what one model has right in 20 of 200 rows more is no chance, in either direction', async () => {
  const [good, bad] = [answers(() => false), answers((row) => row % 10 === 0)]
  assert.deepEqual(await tests(good, bad), { accuracy: 1 / 100, 'log-loss': 1 / 100 })
  assert.deepEqual(await tests(bad, good), { accuracy: 1 / 100, 'log-loss': 1 / 100 })
})

test('each metric has a test of its own: the same classes, less surely', async () => {
  const [sure, unsure] = [answers((row) => row % 10 === 0, 0.9), answers((row) => row % 10 === 0, 0.6)]
  const { accuracy, 'log-loss': logLoss } = await tests(sure, unsure)
  assert.deepEqual([accuracy, logLoss], [1, 1 / 100])
})

test('as many rows won as lost may be chance', async () => {
  const [one, other] = [answers((row) => row < 10), answers((row) => row >= 190)]
  assert.ok(((await tests(one, other)).accuracy ?? 0) > 0.5)
})

test('a metric that is undefined has no test', async () => {
  const first = answers(() => false)
  const context = { yTrue: new Float64Array(rows), units: 2 }
  const { 'roc-auc': undefinedOne } = await randomizationTests(['roc-auc'], {
    signal,
    metrics,
    context,
    first,
    second: answers((row) => row < 3),
  })
  assert.equal(undefinedOne ?? null, null)
})
