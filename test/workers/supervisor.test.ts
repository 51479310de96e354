import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Relayed } from '../../src/queues.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { readRecord, recordDeath, recordSeconds } from '../../src/workers/supervisor/record.js'
import { Relay } from '../../src/workers/supervisor/relay.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const artifacts = await openArtifactStore(await temporaryFolder())

test('deaths count in a row, and a checkpoint between them starts the count anew', async () => {
  const folder = artifacts.checkpointsFolder('job')
  const save = () => artifacts.checkpoints('job').save({ meta: {}, tensors: new Uint8Array(4) })
  const deaths = []
  for (const step of ['die', 'die', 'save', 'die', 'die', 'die']) {
    if (step === 'save') await save()
    else deaths.push((await recordDeath(folder, 1)).deaths)
  }
  assert.deepEqual(deaths, [1, 2, 1, 2, 3])
  assert.equal((await recordSeconds(folder, 2)).seconds, 7)
  assert.deepEqual(await readRecord(folder), { deaths: 3, checkpoint: 1, seconds: 7 })
})

test('a relay keeps the order, passes on the newest progress, and always the last', async () => {
  const sent: Relayed[] = []
  const relay = new Relay({ send: async (message) => void sent.push(message), onError: assert.fail })
  const progress = (step: number): Relayed => ({
    kind: 'progress',
    data: { step, steps: 3, epoch: 1, metrics: {}, secondsLeft: null },
  })
  for (const message of [progress(1), { kind: 'epoch', data: 1 } as const, progress(2), progress(3)]) {
    relay.push(message)
  }
  await relay.drained(1_000)
  assert.deepEqual(sent, [progress(1), { kind: 'epoch', data: 1 }, progress(3)])
})

test('a relay goes on after a message that could not be sent', async () => {
  const [sent, errors]: [unknown[], string[]] = [[], []]
  const send = async ({ data }: Relayed) => {
    if (data === 1) throw new Error('lost')
    sent.push(data)
  }
  const relay = new Relay({ send, onError: ({ message }) => errors.push(message) })
  for (const data of [1, 2]) relay.push({ kind: 'log', data })
  await relay.drained(1_000)
  assert.deepEqual([sent, errors], [[2], ['lost']])
})
