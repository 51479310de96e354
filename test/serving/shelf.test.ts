import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PredictRequest } from '../../src/serving/predictor/request.js'
import type { ServedModel } from '../../src/serving/predictor/served-model.js'
import { Shelf } from '../../src/serving/predictor/shelf.js'
import { noFiles, noTexts } from '../../src/serving/row-batch.js'
import { answeredLines } from '../support/answered-lines.js'

function shelfOf() {
  const disposed: string[] = []
  const load = async (sha256: string): Promise<ServedModel> => ({
    executor: { name: 'onnx', reason: '' },
    answer: async (batches) => answeredLines(batches.map(() => '{}')),
    dispose: () => void disposed.push(sha256),
  })
  return { disposed, shelf: new Shelf({ load, onError: assert.fail }) }
}
const row = () => new PredictRequest({ rows: 1, numbers: Float64Array.of(1), ...noTexts, ...noFiles }, {})

test('what is dropped leaves the memory at once, unless it is held or in use', async () => {
  const { disposed, shelf } = shelfOf()
  shelf.hold(['held'])
  await Promise.all(['held', 'idle'].map((sha256) => shelf.predict(sha256, row())))
  const inUse = shelf.predict('in use', row())
  shelf.drop(['held', 'idle', 'in use', 'unknown'])
  assert.deepEqual(disposed, ['idle'])
  assert.deepEqual((await inUse).lines, ['{}'])
  assert.deepEqual(
    shelf.loaded.map(({ sha256 }) => sha256),
    ['held', 'in use'],
  )
  shelf.drop(['in use'])
  assert.deepEqual(disposed, ['idle', 'in use'])
})
