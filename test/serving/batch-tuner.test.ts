import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchTuner } from '../../src/serving/predictor/batch-tuner.js'

/** Has seen runs of a fixed cost and a cost for each row, and requests at even gaps; `now` is after the last of them. */
function learnt({ fixedMs, perRowMs, gapMs }: { fixedMs: number; perRowMs: number; gapMs: number }) {
  const tuner = new BatchTuner()
  for (const rows of [1, 4, 2, 16, 8, 32, 3, 64]) tuner.ran({ rows, computeMs: fixedMs + perRowMs * rows })
  let now = 0
  for (let request = 0; request < 1_000; request++) {
    now += gapMs
    tuner.arrived(now)
  }
  return { tuner, now }
}

test('what a run costs, and each row of it, is learnt from runs of different sizes', () => {
  const { fixedMs, perRowMs } = learnt({ fixedMs: 2, perRowMs: 0.25, gapMs: 1 }).tuner.cost
  assert.ok(Math.abs(fixedMs - 2) < 1e-6 && Math.abs(perRowMs - 0.25) < 1e-6)
  const one = new BatchTuner()
  for (let run = 0; run < 5; run++) one.ran({ rows: 1, computeMs: 0.5 })
  assert.deepEqual(one.cost, { fixedMs: 0, perRowMs: 0.5 })
})

test('two runs of the size that is chosen fit into the target', () => {
  const { tuner } = learnt({ fixedMs: 2, perRowMs: 0.25, gapMs: 1 })
  assert.equal(tuner.maxRows(20), 32)
  assert.equal(tuner.maxRows(1), 1)
  assert.equal(tuner.maxRows(1_000), 1_992)
  assert.equal(tuner.maxRows(10_000), 2_048)
  assert.equal(new BatchTuner().maxRows(20), 32)
})

test('no run takes longer than a second, and a request is not cut into parts that would only cost it time', () => {
  const slow = learnt({ fixedMs: 2, perRowMs: 20, gapMs: 1 }).tuner
  for (const targetMs of [null, 10_000]) assert.equal(slow.maxRows(targetMs), 49)
  assert.equal(learnt({ fixedMs: 2, perRowMs: 3_000, gapMs: 1 }).tuner.maxRows(null), 1)
  const { tuner } = learnt({ fixedMs: 2, perRowMs: 0.125, gapMs: 1 })
  assert.equal(tuner.maxRows(5), 4)
  assert.equal(tuner.maxPartRows(5), tuner.maxRows(null))
  assert.equal(tuner.maxPartRows(200), tuner.maxRows(200))
})

test('without a target a run grows no further than it saves anything', () => {
  const mostOf = (fixedMs: number, perRowMs: number) =>
    learnt({ fixedMs, perRowMs, gapMs: 1 }).tuner.maxRows(null)
  assert.ok(Math.abs(mostOf(2, 0.125) - 320) <= 1, 'a twentieth of 42 ms is for the run itself')
  assert.equal(mostOf(0.01, 0.25), 128)
  assert.equal(mostOf(20, 0.01), 2_048)
  assert.equal(new BatchTuner().maxRows(null), 32)
})

test('a run waits for more requests only with a target, and never beyond it', () => {
  const { tuner, now } = learnt({ fixedMs: 2, perRowMs: 0.25, gapMs: 0.5 })
  const delay = (targetMs: number | null, rows = 1, oldestAt = now) =>
    tuner.delayMs(targetMs, { rows, oldestAt, now })
  assert.equal(delay(null), 0)
  assert.ok(delay(20) >= 1 && delay(20) < 2.01, 'until four gaps have brought nothing')
  assert.equal(delay(20, 32), 0, 'a full batch')
  assert.equal(delay(20, 1, now - 8), 0, 'one that is due')
  assert.ok(delay(20, 1, now - 2) >= 1)
})

test('nobody waits where requests are rare, or runs cost little whatever they hold', () => {
  const rare = learnt({ fixedMs: 2, perRowMs: 0.25, gapMs: 50 })
  const cheap = learnt({ fixedMs: 0.01, perRowMs: 0.25, gapMs: 0.5 })
  for (const { tuner, now } of [rare, cheap]) {
    assert.equal(tuner.delayMs(20, { rows: 1, oldestAt: now, now }), 0)
  }
})

test('waiting that brings nothing is given up, and tried again later', () => {
  const { tuner, now } = learnt({ fixedMs: 2, perRowMs: 0.25, gapMs: 0.5 })
  const delay = () => tuner.delayMs(20, { rows: 1, oldestAt: now, now })
  while (delay() > 0) tuner.waited(0)
  for (let run = 0; run < 64; run++) {
    assert.equal(delay(), 0)
    tuner.ran({ rows: 4, computeMs: 3 })
  }
  assert.ok(delay() > 0)
})
