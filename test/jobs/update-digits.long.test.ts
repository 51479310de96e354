import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyRows } from '../../src/datasets/select-rows.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readTestData, type TableWithSnapshot, testData } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'
import { accuracyOn, asFeedback, updateOn } from '../support/update.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, index) => from + index)

for (const [seed, shift] of [
  [42, 0],
  [7, 1_000],
  [1, 2_000],
] as const) {
  test(`300 digits, then 2,000 labels: five points at least on unseen rows (seed ${seed})`, {
    skip,
  }, async () => {
    const artifacts = await openArtifactStore(await temporaryFolder())
    const digits = readTestData('mnist-5k.csv.gz')
    const at = (from: number, to: number) => range(from, to).map((row) => (row + shift) % 5_000)
    const few: TableWithSnapshot = {
      table: copyRows(digits.table, at(0, 300)),
      snapshot: { ...digits.snapshot, rows: 300 },
    }
    const request = {
      target: 'label',
      transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
      training: { seed },
    }
    const { output: champion } = await trainOn(few, request, { artifacts })
    const unseen = { table: digits.table, rows: at(2_300, 5_000), artifacts }
    const before = await accuracyOn(champion, unseen)

    const labels = asFeedback(digits.table, { rows: at(300, 2_300), target: 'label' })
    const update = await updateOn(few, labels, { artifacts, champion })
    assert.equal(update.result.decision, 'promoted')
    const after = await accuracyOn(update, unseen)
    assert.ok(after - before >= 0.05, `${before} → ${after}`)

    const wrong = asFeedback(digits.table, {
      rows: at(300, 2_300),
      target: 'label',
      labelOf: (label) => (Number(label) + 1) % 10,
    })
    const { result, version, feedback } = await updateOn(few, wrong, { artifacts, champion })
    assert.equal(result.decision, 'rejected')
    assert.match(String(result.reason), /^worse on the holdout: \d+ right against \d+ right, p = /)
    assert.equal(version, undefined)
    assert.equal(feedback?.outcome, 'rejected')
  })
}
