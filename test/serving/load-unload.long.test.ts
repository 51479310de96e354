import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadAndUnload, storeDense } from '../support/loading-process.js'

const version = await storeDense(64)

for (const executor of ['tensorflow', 'onnx'] as const) {
  test(`200 loads and unloads on ${executor} leave no handle and no memory`, async () => {
    const { before, after } = await loadAndUnload({ sha256: version[executor], times: 200 })
    assert.deepEqual([after.handles, after.files], [before.handles, before.files])
    assert.ok(after.bytes - before.bytes < 100 * 1024 ** 2, JSON.stringify({ before, after }))
  })
}
