import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fillDataFolder } from './database.js'
import { temporaryFolder } from './temporary-folder.js'

export interface UploadFigures {
  readonly status: number
  readonly dataset: {
    readonly rows: number
    readonly sizeBytes: number
    readonly report: { rowsKept: number }
  }
  readonly megabytesPerSecond: number
  /** How far the api’s resident memory rose above what it was before. */
  readonly growthBytes: number
  /** The longest wait for an answer of /livez meanwhile. */
  readonly slowestLivezMs: number
}

/** An api in a process of its own, ended with the test file. */
export async function startApiProcess(): Promise<{ url: string; pid: number; folder: string }> {
  const folder = await temporaryFolder()
  await fillDataFolder(folder)
  const entry = fileURLToPath(new URL('./api-process.js', import.meta.url))
  const child: ChildProcess = fork(entry, {
    env: { ...process.env, FLYWHEEL_DATA: folder, NODE_TEST_CONTEXT: '' },
  })
  const ended = once(child, 'exit')
  after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { url, pid: child.pid as number, folder }
}

/** Uploads generated CSV of the given size, and watches the api meanwhile. */
export async function uploadGenerated(
  api: { url: string; pid: number },
  { name, bytes }: { name: string; bytes: number },
): Promise<UploadFigures> {
  const { done, ...figures } = await watched(api, () => send(`${api.url}/v1/datasets?name=${name}`, bytes))
  const { seconds, readerBytes: _, ...watching } = figures
  return { ...done, ...watching, megabytesPerSecond: bytes / 1e6 / seconds }
}

/** Watches the api while something is done: its memory, that of the processes that read for it, how fast it answers. */
export async function watched<T>(
  { url, pid }: { url: string; pid: number },
  work: () => Promise<T>,
): Promise<
  { done: T; seconds: number; readerBytes: number } & Pick<UploadFigures, 'growthBytes' | 'slowestLivezMs'>
> {
  const before = await residentBytes(pid)
  let peak = before
  let slowestLivezMs = 0
  let readerBytes = 0
  let isOver = false
  const watch = (async () => {
    while (!isOver) {
      const start = performance.now()
      await (await fetch(`${url}/livez`)).arrayBuffer()
      slowestLivezMs = Math.max(slowestLivezMs, performance.now() - start)
      peak = Math.max(peak, await residentBytes(pid))
      readerBytes = Math.max(readerBytes, await residentBytesOfChildren(pid))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  const start = performance.now()
  try {
    const done = await work()
    const seconds = (performance.now() - start) / 1000
    return { done, seconds, readerBytes, growthBytes: peak - before, slowestLivezMs }
  } finally {
    isOver = true
    await watch
  }
}

async function send(url: string, bytes: number): Promise<Pick<UploadFigures, 'status' | 'dataset'>> {
  const upload = request(url, { method: 'POST', headers: { 'content-type': 'text/csv' } })
  const answered = once(upload, 'response')
  upload.write(HEADER)
  let sent = 0
  for (let block = 0; sent < bytes; block++) {
    const text = lines(block)
    sent += text.length
    if (!upload.write(text)) await once(upload, 'drain')
    // The watch beside it must get its turn.
    await new Promise(setImmediate)
  }
  upload.end()
  const [response] = (await answered) as [import('node:http').IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, dataset: JSON.parse(Buffer.concat(chunks).toString()) }
}

export const HEADER = 'id,x,y,city,flag,note\n'
const BLOCK_LINES = 1000
const cities = ['Rome', 'Oslo', '"Paris, FR"', 'NA']

/** Generated rows, a thousand in a block. */
export function lines(block: number): string {
  let text = ''
  for (let line = 0; line < BLOCK_LINES; line++) {
    const id = block * BLOCK_LINES + line
    const x = ((id * 7919) % 1_000_003) / 1000
    text += `${id},${x},${-x / 3},${cities[id % 4]},${id % 2 === 0},note ${id % 977}\n`
  }
  return text
}

/** Resident memory by Linux’s /proc. */
const residentBytes = async (pid: number): Promise<number> =>
  Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]) * 4096

async function residentBytesOfChildren(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  const each = children.map((child) => (child === '' ? 0 : residentBytes(Number(child)).catch(() => 0)))
  return (await Promise.all(each)).reduce((sum, bytes) => sum + bytes, 0)
}
