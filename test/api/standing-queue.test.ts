import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StandingQueue } from '../../src/api/standing-queue.js'

/** With so many requests underway. */
function filled(underway: number): StandingQueue {
  const queue = new StandingQueue()
  for (let request = 0; request < underway; request++) assert.equal(queue.enter({ now: 0, turnMs: 0 }), false)
  return queue
}

test('a burst is taken, however long the turns of the event loop are', () => {
  const queue = filled(10_000)
  for (let now = 0; now < 5_000; now += 100) assert.equal(queue.enter({ now, turnMs: 80 }), false)
})

test('a queue that stands is refused, until it is gone; then sooner, while it is remembered', () => {
  const queue = filled(400)
  assert.equal(queue.enter({ now: 0, turnMs: 80 }), false)
  assert.equal(queue.enter({ now: 5_000, turnMs: 80 }), true)
  assert.equal(queue.underway, 401, 'what is refused is not underway')
  assert.equal(queue.enter({ now: 5_010, turnMs: 20 }), false)
  assert.equal(queue.enter({ now: 5_020, turnMs: 80 }), false)
  assert.equal(queue.enter({ now: 5_120, turnMs: 80 }), true)
  assert.equal(queue.enter({ now: 20_000, turnMs: 20 }), false)
  assert.equal(queue.enter({ now: 20_001, turnMs: 80 }), false)
  assert.equal(queue.enter({ now: 20_200, turnMs: 80 }), false, 'it is forgotten')
})

test('few requests that take long are no queue', () => {
  const queue = filled(200)
  for (let now = 0; now < 20_000; now += 1_000) assert.equal(queue.enter({ now, turnMs: 900 }), false)
  for (let request = 0; request < 220; request++) queue.leave()
  assert.equal(queue.underway, 0)
})
