import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApiProcess, uploadGenerated } from '../support/streamed-upload.js'

const BYTES = 1e9

test('1 GB of CSV streams in while the api grows by less than 300 MB', async (t) => {
  const api = await startApiProcess()
  await uploadGenerated(api, { name: 'warm', bytes: 1e5 })
  const figures = await uploadGenerated(api, { name: 'large', bytes: BYTES })
  const { status, dataset, megabytesPerSecond, growthBytes, slowestLivezMs } = figures
  t.diagnostic(
    `${megabytesPerSecond.toFixed(1)} MB/s, grew by ${(growthBytes / 1e6).toFixed(0)} MB, /livez within ${slowestLivezMs.toFixed(0)} ms`,
  )
  assert.equal(status, 201)
  assert.equal(dataset.report.rowsKept, dataset.rows)
  assert.ok(growthBytes < 300e6, `grew by ${growthBytes} bytes`)
})
