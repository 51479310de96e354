import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadAndUnload, storeDense } from '../support/loading-process.js'

const MEBIBYTE = 1024 ** 2
/** 17 MB of weights, which the C library would keep in heaps of its own. */
const version = await storeDense(2_048)

for (const executor of ['tensorflow', 'onnx'] as const) {
  test(`a version that is unloaded on ${executor} gives its memory back, and leaves no handle`, async () => {
    const { before, after } = await loadAndUnload({ sha256: version[executor], times: 6 })
    assert.deepEqual([after.handles, after.files], [before.handles, before.files])
    assert.ok(after.bytes - before.bytes < 100 * MEBIBYTE, JSON.stringify({ before, after }))
    assert.ok(after.buffers < 4 * MEBIBYTE, JSON.stringify(after))
  })
}
