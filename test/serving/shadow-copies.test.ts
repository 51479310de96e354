import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ShadowCopies } from '../../src/serving/shadow-copies.js'

/** A copy that ends when it is told to. */
function heldCopy(bytes = 1) {
  const held = { bytes, isRunning: false, end: () => {} }
  const run = () =>
    new Promise<void>((resolve) => {
      held.isRunning = true
      held.end = resolve
    })
  return Object.assign(held, { run })
}

test('few run at once, so many wait, and the rest is dropped', async () => {
  const copies = new ShadowCopies({ atOnce: 2, maxWaiting: 3 })
  const held = Array.from({ length: 8 }, () => heldCopy())
  assert.deepEqual(
    held.slice(0, 5).map((copy) => copies.offer(copy)),
    [true, true, true, false, false],
  )
  await nextTurn()
  assert.deepEqual(
    held.map(({ isRunning }) => isRunning),
    [true, true, false, false, false, false, false, false],
  )
  assert.deepEqual(
    held.slice(5).map((copy) => copies.offer(copy)),
    [true, true, false],
  )
  held[0]?.end()
  await nextTurn()
  assert.ok(held[2]?.isRunning)
})

test('copies that wait hold no more memory than they may', () => {
  const copies = new ShadowCopies({ maxBytes: 100 })
  assert.deepEqual(
    [60, 60, 40].map((bytes) => copies.offer(heldCopy(bytes))),
    [true, false, true],
  )
})

test('closing drops what waits and ends when what runs has ended', async () => {
  const copies = new ShadowCopies({ atOnce: 1 })
  const [running, waiting] = [heldCopy(), heldCopy()]
  copies.offer(running)
  copies.offer(waiting)
  await nextTurn()
  const closed = copies.close()
  assert.equal(copies.offer(heldCopy()), false)
  running.end()
  await closed
  assert.equal(waiting.isRunning, false)
})
