import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  conformalQuantile,
  conformalScores,
  conformalSet,
} from '../../src/evaluation/calibration/conformal.js'
import { atTemperature, fitTemperature } from '../../src/evaluation/calibration/temperature.js'
import { answeredClasses, chooseThreshold } from '../../src/evaluation/calibration/threshold.js'
import { loadMetrics } from '../../src/evaluation/catalogue.js'
import { predictedClasses } from '../../src/evaluation/scores/confusion.js'
import { reliabilityBins } from '../../src/evaluation/scores/reliability.js'
import { drawnRows, uniform } from '../support/drawn-rows.js'

const metrics = await loadMetrics()
const score = (name: string, context: ReturnType<typeof drawnRows>) =>
  metrics.get(name)?.compute(context).value ?? Number.NaN

test('a network that is three times too sure gets a temperature of about 3, and answers the same classes', () => {
  const honest = drawnRows(4000, { units: 3, seed: 1 })
  const sure = { ...honest, outputs: atTemperature(honest.outputs, { units: 3, temperature: 1 / 3 }) }
  const temperature = fitTemperature(sure) ?? Number.NaN
  assert.ok(Math.abs(temperature - 3) < 0.2, `${temperature}`)
  const cooled = { ...sure, outputs: atTemperature(sure.outputs, { units: 3, temperature }) }
  assert.deepEqual(predictedClasses(cooled, 3), predictedClasses(sure, 3))
  assert.ok(score('expected-calibration-error', cooled) < 0.03)
  assert.ok(score('expected-calibration-error', sure) > 0.1)
})

test('no other temperature has a lower log loss', () => {
  const rows = drawnRows(300, { units: 4, seed: 2 })
  const best = fitTemperature(rows) as number
  const lossAt = (temperature: number) =>
    score('log-loss', { ...rows, outputs: atTemperature(rows.outputs, { units: 4, temperature }) })
  for (const factor of [0.5, 0.9, 0.999, 1.001, 1.1, 2]) assert.ok(lossAt(best) <= lossAt(best * factor))
})

test('rows that are all answered rightly, or told apart not at all, have no temperature', () => {
  const right = { yTrue: Float64Array.of(0, 1), outputs: Float64Array.of(0.9, 0.1, 0.2, 0.8), units: 2 }
  assert.equal(fitTemperature(right), null)
  assert.equal(fitTemperature({ ...right, yTrue: Float64Array.of(1, 0) }), null)
  assert.equal(fitTemperature({ ...right, outputs: new Float64Array(4).fill(0.5) }), null)
})

test('the quantile is the ⌈(n + 1)(1 − α)⌉-th score, and infinite where there are too few', () => {
  const scores = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
  assert.equal(conformalQuantile(scores(9), 0.9), 9)
  assert.equal(conformalQuantile(scores(8), 0.9), Infinity)
  assert.equal(conformalQuantile(scores(99), 0.55), 55)
  assert.equal(conformalQuantile(scores(100), 0.5), 51)
  assert.equal(conformalQuantile([], 0.5), Infinity)
})

test('sets and intervals hold the truth as often as promised', () => {
  const [known, later] = [drawnRows(1000, { units: 5, seed: 3 }), drawnRows(4000, { units: 5, seed: 4 })]
  const quantile = conformalQuantile(conformalScores(known), 0.9)
  const covered = later.yTrue.filter((truth, row) =>
    conformalSet(later.outputs.subarray(row * 5, row * 5 + 5), quantile).includes(truth),
  )
  assert.ok(Math.abs(covered.length / 4000 - 0.9) < 0.02, `${covered.length}`)
  const draw = uniform(5)
  const errors = Float64Array.from({ length: 5000 }, () => draw() ** 2)
  const calm = { yTrue: errors.subarray(0, 1000), outputs: new Float64Array(1000), units: 1 }
  const width = conformalQuantile(conformalScores(calm), 0.8)
  const held = errors.subarray(1000).filter((error) => error <= width).length / 4000
  assert.ok(Math.abs(held - 0.8) < 0.02, `${held}`)
})

test('many rows leave 2,000 scores, none of them rounded below the row that it stands for', () => {
  const rows = drawnRows(6000, { units: 2, seed: 6 })
  const scores = conformalScores(rows)
  assert.equal(scores.length, 2000)
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => a - b),
  )
  const [score = 0] = conformalScores({
    yTrue: Float64Array.of(1),
    outputs: Float64Array.of(0.7, 0.3),
    units: 2,
  })
  assert.ok(score >= 1 - 0.3 && score < 0.7 + 1e-6)
})

test('no threshold costs less than the chosen one', () => {
  for (let seed = 10; seed < 40; seed++) {
    const { yTrue, outputs } = drawnRows(20, { units: 2, seed, step: seed % 2 ? 10 : undefined })
    const [falsePositive, falseNegative] = [1 + (seed % 3), 1 + (seed % 7)]
    const cost = (threshold: number) =>
      answeredClasses({ yTrue, outputs }, { units: 2, threshold }).reduce((sum, answer, row) => {
        if (answer === yTrue[row]) return sum
        return sum + (answer === 1 ? falsePositive : falseNegative)
      }, 0)
    const chosen = chooseThreshold({ yTrue, outputs, units: 2 }, { falsePositive, falseNegative })
    const tried = [0, 2, ...outputs.filter((_, at) => at % 2 === 1)]
    assert.equal(cost(chosen), Math.min(...tried.map(cost)), `seed ${seed}`)
  }
})

test('where many thresholds are as good, falsePositive / (falsePositive + falseNegative) is taken', () => {
  const rows = { yTrue: Float64Array.of(0, 1), outputs: Float64Array.of(0.9, 0.1, 0.1, 0.9), units: 2 }
  assert.equal(chooseThreshold(rows, { falsePositive: 1, falseNegative: 3 }), 0.25)
})

test('reliability counts rows by the answered class’s probability', () => {
  const outputs = Float64Array.of(0.6, 0.4, 0.4, 0.6, 0.05, 0.95)
  const bins = reliabilityBins({ yTrue: Float64Array.of(0, 0, 1), outputs, units: 2 })
  assert.equal(bins.length, 15)
  assert.deepEqual(bins[8], { from: 8 / 15, to: 9 / 15, rows: 2, confidence: 0.6, accuracy: 0.5 })
  assert.deepEqual(bins[14], { from: 14 / 15, to: 1, rows: 1, confidence: 0.95, accuracy: 1 })
  assert.deepEqual(bins[0], { from: 0, to: 1 / 15, rows: 0, confidence: null, accuracy: null })
})
