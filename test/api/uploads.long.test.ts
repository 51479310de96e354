import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { HEADER, lines, startApiProcess, watched } from '../support/streamed-upload.js'

const BYTES = 1.5e9
const PART_BYTES = 64 * 1024 ** 2

interface Answer {
  readonly id: string
  readonly rows: number
  readonly sizeBytes: number
  readonly storedBytes: number
}

/** Without the time limits of `fetch`. */
async function send(
  url: string,
  { method, headers = {}, body }: { method: string; headers?: Record<string, string>; body?: Buffer },
): Promise<Answer> {
  const sent = request(url, { method, headers }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = (await response.toArray()).join('')
  assert.ok((response.statusCode ?? 500) < 300, text.slice(0, 1000))
  return JSON.parse(text)
}

async function sendPart(url: string, body: Buffer): Promise<void> {
  const digest = createHash('sha256').update(body).digest('base64')
  const headers = { 'content-digest': `sha-256=:${digest}:`, 'content-length': String(body.length) }
  await send(url, { method: 'PUT', headers, body })
}

/** Sends generated CSV in parts. @returns bytes sent */
async function sendParts(upload: string): Promise<number> {
  let [pending, pendingBytes, sent, number] = [[Buffer.from(HEADER)], HEADER.length, 0, 1]
  for (let block = 0; sent < BYTES; block++) {
    const bytes = Buffer.from(lines(block))
    pending.push(bytes)
    pendingBytes += bytes.length
    // The watch beside it must get its turn.
    await new Promise(setImmediate)
    if (pendingBytes < PART_BYTES && sent + pendingBytes < BYTES) continue
    await sendPart(`${upload}/parts/${number++}`, Buffer.concat(pending))
    sent += pendingBytes
    ;[pending, pendingBytes] = [[], 0]
  }
  return sent
}

/** The most bytes that a folder takes on the disk while something is done. */
async function diskPeak<T>(folder: string, work: () => Promise<T>): Promise<{ done: T; peakBytes: number }> {
  let peakBytes = 0
  let isOver = false
  const watch = (async () => {
    while (!isOver) {
      // Files may go while it looks.
      const { stdout } = await promisify(execFile)('sh', ['-c', 'du -sB1 "$0" || true', folder])
      peakBytes = Math.max(peakBytes, Number.parseInt(stdout, 10))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })()
  try {
    return { done: await work(), peakBytes }
  } finally {
    isOver = true
    await watch
  }
}

test('1.5 GB come in parts while the api stays small, and take the disk once beside what is stored', async (t) => {
  const api = await startApiProcess()
  const start = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const { id } = await send(`${api.url}/v1/uploads`, { ...start, body: Buffer.from('{"name":"large"}') })
  const upload = `${api.url}/v1/uploads/${id}`
  const sending = await watched(api, () => sendParts(upload))
  const completing = await diskPeak(`${api.folder}/artifacts`, () =>
    watched(api, () => send(`${upload}/complete`, { method: 'POST' })),
  )
  const { done: dataset, seconds, growthBytes, readerBytes, slowestLivezMs } = completing.done
  const beside = completing.peakBytes - sending.done - dataset.storedBytes
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  t.diagnostic(
    `sent in ${sending.seconds.toFixed(0)} s, completed in ${seconds.toFixed(0)} s; the api grew by ` +
      `${megabytes(sending.growthBytes)} and ${megabytes(growthBytes)}, its reader to ${megabytes(readerBytes)}; ` +
      `/livez within ` +
      `${Math.max(sending.slowestLivezMs, slowestLivezMs).toFixed(0)} ms; the disk held ${megabytes(sending.done)} ` +
      `sent, ${megabytes(dataset.storedBytes)} stored, and ${megabytes(beside)} beside`,
  )
  assert.equal(dataset.sizeBytes, sending.done)
  assert.ok(sending.growthBytes < 150e6 && growthBytes < 150e6)
  assert.ok(beside < 2 * PART_BYTES + 50e6, `${beside} bytes beside`)
})
