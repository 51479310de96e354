import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { residentBytes } from '../../../src/resident-memory.js'
import { publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'
import { checkGood, fuzz } from './fuzz.js'

const ROUNDS = 20
const REQUESTS = 5_000
/** What caches, counters and the allocator may still take after the first rounds. */
const GROWTH_BYTES = 32 * 1024 ** 2

const { app, stop } = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'sums' })
after(stop)
await publishProtocolModels(app)
await app.listen({ host: '127.0.0.1', port: 0 })
const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
setFlagsFromString('--expose_gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function predictorBytes(): Promise<number> {
  const sizes = await Promise.all(app.predictors.pids.map((pid) => residentBytes(pid)))
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}

test('100,000 wrong requests neither crash nor grow the api or the predictor', async (t) => {
  await checkGood(url)
  const predictors = app.predictors.pids
  let before = { heap: 0, predictor: 0 }
  for (let seed = 1; seed <= ROUNDS; seed++) {
    await fuzz(url, { seed: 100 + seed, requests: REQUESTS })
    await checkGood(url)
    if (seed === ROUNDS / 4) before = { heap: heapBytes(), predictor: await predictorBytes() }
  }
  const growth = {
    heap: heapBytes() - before.heap,
    predictor: (await predictorBytes()) - before.predictor,
  }
  t.diagnostic(`growth in bytes: ${JSON.stringify(growth)}`)
  assert.deepEqual([app.predictors.pids, app.predictors.restarts], [predictors, 0])
  for (const [what, bytes] of Object.entries(growth)) assert.ok(bytes < GROWTH_BYTES, `${what}: ${bytes}`)
})
