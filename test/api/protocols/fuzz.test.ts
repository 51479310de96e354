import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'
import { checkGood, fuzz } from './fuzz.js'

const { app, stop } = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'sums' })
after(stop)
await publishProtocolModels(app)
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo
const url = `http://127.0.0.1:${port}`
await checkGood(url)
const predictors = app.predictors.pids

test('2,000 wrong requests get their protocol’s own error, and nothing ends of it', async () => {
  await fuzz(url, { seed: 1, requests: 2_000 })
  await checkGood(url)
  assert.deepEqual([app.predictors.pids, app.predictors.restarts], [predictors, 0])
})

/** What goes over a connection as it stands, up to its end. */
function overConnection(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

const head = 'POST /v2/models/sums/infer HTTP/1.1\r\nHost: localhost\r\n'
for (const [what, text, status] of [
  ['a length that is none', `${head}Content-Length: x\r\n\r\n{}`, /^HTTP\/1\.1 400/],
  ['a negative length', `${head}Content-Length: -1\r\n\r\n{}`, /^HTTP\/1\.1 400/],
  ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, /^HTTP\/1\.1 400/],
  [
    'a length and chunks',
    `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    /^HTTP\/1\.1 400/,
  ],
  ['a chunk without size', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}`, /^HTTP\/1\.1 400/],
  ['more than is taken', `${head}Content-Length: 99999999999\r\n\r\n{}`, /^HTTP\/1\.1 413/],
  ['a body that is cut', `${head}Content-Length: 100\r\n\r\n{}`, /^(HTTP\/1\.1 400|$)/],
  ['headers without end', `${head}X: ${'y'.repeat(100_000)}`, /^HTTP\/1\.1 431/],
  ['no HTTP', '\u0000\u0001\u0002\r\n\r\n', /^HTTP\/1\.1 400/],
] as const) {
  test(`a connection with ${what} is answered or closed, and the next one works`, async () => {
    assert.match(await overConnection(text), status)
    await checkGood(url)
  })
}
