import assert from 'node:assert/strict'
import test from 'node:test'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import {
  countPending,
  feedbackChannel,
  insertFeedback,
  markFeedback,
  type NewFeedback,
  snapshotFeedback,
} from '../../src/registry/feedback.js'
import { testDatabase } from '../support/database.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const database = await testDatabase()
const { db } = database
const artifacts = await openArtifactStore(await temporaryFolder())
const label = (predictionId: string | null, value: number): NewFeedback => ({
  predictionId,
  version: 1,
  features: { a: value, b: null },
  label: value,
})
const linesOf = async (sha256: string) =>
  (await artifacts.read(sha256))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

test('the same prediction and the same features count once, in one request and over several', async () => {
  const items = [label('p.1', 1), label('p.1', 2), label(null, 3), label(null, 3), label(null, 4)]
  assert.deepEqual(await insertFeedback(db, { model: 'once', items }), { accepted: 3, duplicates: 2 })
  assert.deepEqual(await insertFeedback(db, { model: 'once', items }), { accepted: 0, duplicates: 5 })
  assert.deepEqual(await insertFeedback(db, { model: 'other', items }), { accepted: 3, duplicates: 2 })
  assert.equal(await countPending(db, { model: 'once' }), 3)
})

test('new labels are notified with the model’s name', async () => {
  let hear: (model: string) => void = () => {}
  const heard = new Promise<string>((resolve) => {
    hear = resolve
  })
  await database.listen(feedbackChannel, (model) => hear(model))
  await insertFeedback(db, { model: 'heard', items: [label(null, 1)] })
  assert.equal(await heard, 'heard')
})

test('a snapshot holds all labels in order, page after page', async () => {
  const items = Array.from({ length: 2_100 }, (_, index) => label(`q.${index}`, index))
  await insertFeedback(db, { model: 'many', items })
  const snapshot = await snapshotFeedback(db, artifacts, { model: 'many', retry: false })
  assert.equal(snapshot?.rows, 2_100)
  const lines = await linesOf(snapshot?.sha256 as string)
  assert.deepEqual(
    lines.map((line) => line.label),
    items.map((item) => item.label),
  )
  assert.equal(lines.at(-1).sequence, snapshot?.lastSequence)
  assert.equal(await snapshotFeedback(db, artifacts, { model: 'nobody', retry: false }), null)
})

test('learnt labels are done; rejected ones come back only when asked for; later ones stay', async () => {
  const model = 'marked'
  const add = (id: string) => insertFeedback(db, { model, items: [label(id, 1)] })
  const pending = async (retry: boolean) =>
    (await snapshotFeedback(db, artifacts, { model, retry }))?.rows ?? 0
  const last = async () =>
    (await snapshotFeedback(db, artifacts, { model, retry: true }))?.lastSequence as number
  await add('r.1')
  const upTo = await last()
  await add('r.2')
  await markFeedback(db, { model, upTo, outcome: 'rejected', retry: false })
  assert.deepEqual([await pending(false), await pending(true)], [1, 2])
  await markFeedback(db, { model, upTo: await last(), outcome: 'learnt', retry: false })
  assert.deepEqual([await pending(false), await pending(true)], [0, 1])
  await markFeedback(db, { model, upTo, outcome: 'learnt', retry: true })
  assert.equal(await pending(true), 0)
})
