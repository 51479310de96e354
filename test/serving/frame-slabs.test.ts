import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { seededNumbers } from '../../src/datasets/seeded-order.js'
import { type Frame, frameWriter } from '../../src/serving/frames.js'
import { FrameSlabs } from '../../src/serving/predictor/frame-slabs.js'

/** Bytes of frames, each filled with its id, as they come over a socket. */
async function streamOf(lengths: readonly number[]): Promise<Buffer> {
  const socket = new PassThrough({ highWaterMark: 2 ** 30 })
  const write = frameWriter(socket)
  for (const [id, length] of lengths.entries())
    write({ kind: 2, id, payload: Buffer.alloc(length, id % 251) })
  await new Promise((resolve) => setImmediate(resolve))
  return socket.read() as Buffer
}

test('frames keep their bytes until they have been looked at, however they come and however long that takes', async () => {
  const random = seededNumbers(1)
  const lengths = Array.from({ length: 3_000 }, () =>
    random() < 0.02 ? Math.floor(random() * 700_000) : Math.floor(random() * 3_000),
  )
  const bytes = await streamOf(lengths)
  const underway: { frame: Frame; end: () => void }[] = []
  const seen: number[] = []
  const slabs = new FrameSlabs((frame) => {
    seen.push(frame.id)
    if (frame.id % 5 === 0) {
      check(frame)
      return undefined
    }
    return new Promise((resolve) => underway.push({ frame, end: resolve }))
  })
  function check({ id, payload }: Frame): void {
    assert.equal(payload.length, lengths[id])
    assert.equal(payload.byteOffset % 8, 0)
    assert.ok(payload.every((byte) => byte === id % 251))
  }
  for (let at = 0; at < bytes.length; ) {
    const room = slabs.room()
    const length = Math.min(room.length, Math.ceil(random() * 80_000), bytes.length - at)
    bytes.copy(room, 0, at, at + length)
    at += length
    slabs.wrote(length)
    while (underway.length > 40) {
      const [{ frame, end }] = underway.splice(Math.floor(random() * underway.length), 1) as [
        (typeof underway)[number],
      ]
      check(frame)
      end()
    }
    await null // what has ended gives its memory back
  }
  for (const { frame } of underway) check(frame)
  assert.deepEqual(seen, [...lengths.keys()])
})

test('frames that are soon looked at need no new memory', async () => {
  const bytes = await streamOf(Array.from({ length: 5_000 }, (_, i) => (i % 100 === 0 ? 100_000 : 1_000)))
  const slabs = new FrameSlabs(() => Promise.resolve())
  const memories = new Set<ArrayBufferLike>()
  for (let at = 0; at < bytes.length; ) {
    const room = slabs.room()
    memories.add(room.buffer)
    const length = Math.min(room.length, 65_536, bytes.length - at)
    bytes.copy(room, 0, at, at + length)
    at += length
    slabs.wrote(length)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(memories.size <= 3, `${memories.size} slabs for ${bytes.length} bytes`)
})
