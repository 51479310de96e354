import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readTestData, testData } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
const SEEDS = [1, 2, 3, 4, 5]

/** The mean of a metric over five seeds, each with test rows of its own; the trivial predictor's beside it. */
async function mean(file: string, metric: string, request: Omit<TrainRequest, 'type' | 'model' | 'dataset'>) {
  const data = readTestData(file)
  const scores: number[] = []
  const trivial: number[] = []
  for (const seed of SEEDS) {
    const seeded = { ...request, training: { ...request.training, seed }, evaluation: { seed } }
    const { report } = await trainOn(data, seeded, { artifacts })
    scores.push(report.evaluation.metrics[metric] ?? Number.NaN)
    trivial.push(report.evaluation.baseline.metrics[metric] ?? Number.NaN)
  }
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const text = `${file}: ${metric} ${meanOf(scores).toFixed(4)} (trivial ${meanOf(trivial).toFixed(4)})`
  return { score: meanOf(scores), text }
}

test('digits, a 64-64 network for ten epochs: accuracy at least 0.915', { skip }, async (t) => {
  const { score, text } = await mean('mnist-5k.csv.gz', 'accuracy', {
    target: 'label',
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    hyperparameters: { hiddenUnits: [64, 64], activation: 'relu' },
    training: { epochs: 10, batchSize: 32, validationSplit: 0.2, optimizer: { name: 'adam' } },
  })
  t.diagnostic(text)
  assert.ok(score >= 0.915, text)
})

test('digits, a convolutional network for ten epochs: accuracy at least 0.96', { skip }, async (t) => {
  const { score, text } = await mean('mnist-5k.csv.gz', 'accuracy', {
    target: 'label',
    features: ['p*'], // the edges, which never change, too: 784 pixels
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    family: 'cnn',
    training: { epochs: 10, batchSize: 32, validationSplit: 0.2, optimizer: { name: 'adam' } },
  })
  t.diagnostic(text)
  assert.ok(score >= 0.96, text)
})

test('adult with all defaults: accuracy at least 0.84', { skip }, async (t) => {
  const { score, text } = await mean('adult.csv.gz', 'accuracy', { target: 'income' })
  t.diagnostic(text)
  assert.ok(score >= 0.84, text)
})

test('iris with all defaults: accuracy at least 0.93', { skip }, async (t) => {
  const { score, text } = await mean('iris.csv', 'accuracy', { target: 'species' })
  t.diagnostic(text)
  assert.ok(score >= 0.93, text)
})

test('diabetes with all defaults: RMSE at most 59', { skip }, async (t) => {
  const { score, text } = await mean('diabetes.csv', 'rmse', { target: 'progression' })
  t.diagnostic(text)
  assert.ok(score <= 59, text)
})
