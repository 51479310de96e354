import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoints } from '../contracts/job.js'
import { writeDurably } from './files.js'

/** Of the newest two, the older one is used should the newest be damaged. */
const KEPT = 2

/**
 * A job's checkpoints: `<number>.checkpoint` = one line of JSON { sha256, metaBytes }, the metadata, the tensors.
 * The hash covers metadata and tensors.
 */
export function checkpointsIn(folder: string): Checkpoints {
  return {
    async save({ meta, tensors }) {
      await mkdir(folder, { recursive: true })
      const metadata = Buffer.from(JSON.stringify(meta))
      const sha256 = createHash('sha256').update(metadata).update(tensors).digest('hex')
      const head = Buffer.from(`${JSON.stringify({ sha256, metaBytes: metadata.byteLength })}\n`)
      const numbers = await numbersIn(folder)
      const next = (numbers[0] ?? 0) + 1
      await writeDurably(pathOf(folder, next), [head, metadata, tensors])
      const old = numbers.slice(KEPT - 1)
      await Promise.all(old.map((number) => rm(pathOf(folder, number), { force: true })))
    },
    async latest() {
      for (const number of await numbersIn(folder)) {
        const state = await readCheckpoint(pathOf(folder, number))
        if (state !== null) return state
      }
      return null
    },
  }
}

/** The newest checkpoint's number; 0 without one. It tells whether a job has got further. */
export async function newestCheckpoint(folder: string): Promise<number> {
  return (await numbersIn(folder))[0] ?? 0
}

const pathOf = (folder: string, number: number): string => join(folder, `${number}.checkpoint`)

/** Newest first. */
async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .flatMap((name) => /^(\d+)\.checkpoint$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)
}

/** Null when the file is damaged: cut short, or with other bytes than were written. */
async function readCheckpoint(path: string): Promise<{ meta: unknown; tensors: Buffer } | null> {
  const bytes = await readFile(path).catch(() => null)
  const end = bytes?.indexOf(0x0a) ?? -1
  if (bytes === null || end < 0) return null
  const body = bytes.subarray(end + 1)
  try {
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as { sha256: string; metaBytes: number }
    if (createHash('sha256').update(body).digest('hex') !== head.sha256) return null
    return {
      meta: JSON.parse(body.toString('utf8', 0, head.metaBytes)),
      // A copy of its own: typed arrays over it need an offset that is a multiple of 4.
      tensors: Buffer.from(Uint8Array.from(body.subarray(head.metaBytes)).buffer),
    }
  } catch {
    return null
  }
}
