import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { putStored, readStored } from '../../src/contracts/stored-blob.js'

/** A store in memory. */
function memory() {
  const blobs = new Map<string, Buffer>()
  return {
    async put(bytes: Uint8Array) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      blobs.set(sha256, Buffer.from(bytes))
      return { sha256, sizeBytes: bytes.byteLength }
    },
    read: async (sha256: string) => blobs.get(sha256) ?? assert.fail(`no ${sha256}`),
  }
}

/** Numbers around 0, of which that share is 0. */
const weights = (zeros: number): Uint8Array =>
  new Uint8Array(
    Float32Array.from({ length: 20_000 }, (_, i) =>
      (i * 7919) % 1000 < zeros * 1000 ? 0 : Math.sin(i * i) * 0.1,
    ).buffer,
  )

test('weights of which four of five are 0 take less than a third of the bytes, and are read as they were', async () => {
  const artifacts = memory()
  const bytes = weights(0.8)
  const stored = await putStored(artifacts, bytes)
  assert.deepEqual(stored.encoding, { name: 'brotli', decodedBytes: 80_000 })
  assert.ok(stored.sizeBytes * 3 < bytes.length, `${stored.sizeBytes} of ${bytes.length} bytes`)
  assert.equal((await artifacts.read(stored.sha256)).length, stored.sizeBytes)
  assert.deepEqual(await readStored(artifacts, stored), bytes)
})

test('dense weights, and none, are stored as they are', async () => {
  const artifacts = memory()
  for (const bytes of [weights(0), weights(0.2), new Uint8Array(0)]) {
    const stored = await putStored(artifacts, bytes)
    assert.equal(stored.encoding, undefined)
    assert.equal(stored.sizeBytes, bytes.length)
    assert.deepEqual(await readStored(artifacts, stored), bytes)
  }
})

test('a blob that decodes to more or fewer bytes than it says, or to none, is damaged', async () => {
  const artifacts = memory()
  const { sha256 } = await putStored(artifacts, weights(0.8))
  const dense = await artifacts.put(weights(0))
  for (const [named, decodedBytes] of [
    [sha256, 79_999],
    [sha256, 80_001],
    [sha256, 0],
    [dense.sha256, 80_000],
  ] as const) {
    await assert.rejects(
      readStored(artifacts, { sha256: named, encoding: { name: 'brotli', decodedBytes } }),
      { code: 'artifact-damaged' },
    )
  }
})
