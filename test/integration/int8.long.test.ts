import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { compressOn } from '../support/compress.js'
import { readTestData, testData } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
/** Points of accuracy that may be lost, on 1,000 test rows. */
const POINTS = 1

const networks = {
  'a perceptron of 1024-1024': { family: 'mlp', hyperparameters: { hiddenUnits: [1024, 1024] } },
  'a cnn': { family: 'cnn' },
} as const

for (const [name, network] of Object.entries(networks)) {
  test(`${name} with 8-bit integers: 3.5 times smaller, at most a point lost`, { skip }, async (t) => {
    const artifacts = await openArtifactStore(await temporaryFolder())
    const digits = readTestData('mnist-5k.csv.gz')
    const { output: parent } = await trainOn(
      digits,
      {
        target: 'label',
        features: digits.table.columns.map((column) => column.name).filter((each) => each !== 'label'),
        task: 'tabular-classification',
        transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
        training: { epochs: 6 },
        evaluation: { testSplit: 0.2 },
        ...network,
      },
      { artifacts },
    )
    for (const options of [{}, { percentile: 99.99 }, { mode: 'dynamic' }, { perChannel: false }]) {
      const { compression } = await compressOn(digits, { method: 'int8', options }, { artifacts, parent })
      const { accuracy } = compression.metrics
      const lost = 100 * ((accuracy?.parent ?? NaN) - (accuracy?.child ?? NaN))
      const { latency, sizeBytes, servedBytes, memoryBytes, details } = compression
      t.diagnostic(
        JSON.stringify({ options, lost, accuracy, latency, sizeBytes, servedBytes, memoryBytes, details }),
      )
      assert.ok(lost <= POINTS, `${lost} points lost with ${JSON.stringify(options)}`)
      assert.ok(servedBytes.times >= 3.5, JSON.stringify(servedBytes))
      assert.ok(sizeBytes.times >= 3.5, JSON.stringify(sizeBytes))
    }
  })
}
