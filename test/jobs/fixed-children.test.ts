import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChildJob } from '../../src/contracts/children.js'
import { fixedChildren } from '../../src/jobs/trial/fixed-children.js'

const drafts = [1, 2, 3].map((fold) => ({
  type: 'trial',
  specification: { part: { fold } },
  blobs: {},
  part: { fold },
}))
const plan = fixedChildren({ drafts, nameOf: (part) => `fold ${(part as { fold: number }).fold}` })
const child = (fold: number, more: Partial<ChildJob> = {}): ChildJob => ({
  id: `job-${fold}`,
  part: { fold },
  state: 'running',
  result: null,
  error: null,
  startedAt: null,
  endedAt: null,
  ...more,
})
const now = new Date()

test('at first all children begin', () => {
  const { add, isComplete, failure } = plan([], now)
  assert.deepEqual(
    add.map(({ specification }) => specification),
    drafts.map(({ specification }) => specification),
  )
  assert.deepEqual([isComplete, failure], [true, null])
})

test('children that are there do not begin again', () => {
  assert.deepEqual(
    plan([child(3), child(1)], now).add.map(({ specification }) => specification),
    [{ part: { fold: 2 } }],
  )
})

test('progress counts those that have ended, with the means of their metrics', () => {
  const done = (fold: number, accuracy: number | null) =>
    child(fold, { state: 'succeeded', result: { metrics: { accuracy } } })
  const { progress } = plan([done(1, 0.5), child(2), done(3, 1)], now)
  assert.deepEqual(progress, { step: 2, steps: 3, metrics: { accuracy: 0.75 }, secondsLeft: null })
  assert.equal(plan([done(1, null)], now).progress.metrics.accuracy, null)
})

test('the first child that fails or is cancelled is the reason', () => {
  const error = { code: 'training-diverged', detail: 'The loss is NaN', remedy: 'Scale' }
  const failed = plan([child(1), child(2, { state: 'failed', error })], now).failure
  assert.deepEqual(failed, { ...error, detail: 'fold 2: The loss is NaN' })
  assert.match(plan([child(3, { state: 'cancelled' })], now).failure?.detail ?? '', /fold 3 was cancelled/)
})
