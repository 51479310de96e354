import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newestCheckpoint } from '../../registry/checkpoints.js'
import { writeDurably } from '../../registry/files.js'

/** What is known of a job's earlier trainers; it stands beside the checkpoints and outlives the worker. */
export interface TrainerRecord {
  /** Deaths in a row without a new checkpoint between them. */
  readonly deaths: number
  /** The newest checkpoint at the last death. */
  readonly checkpoint: number
  /** Time that trainers have spent on the job, of those whose end a worker has seen. */
  readonly seconds: number
}

const none: TrainerRecord = { deaths: 0, checkpoint: 0, seconds: 0 }
const fileIn = (folder: string) => join(folder, 'trainers.json')

export async function readRecord(folder: string): Promise<TrainerRecord> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => null)
  return text === null ? none : (JSON.parse(text) as TrainerRecord)
}

/** A checkpoint since the last death says that the job got further: the count starts anew. */
export async function recordDeath(folder: string, seconds: number): Promise<TrainerRecord> {
  const before = await readRecord(folder)
  const checkpoint = await newestCheckpoint(folder)
  const deaths = checkpoint > before.checkpoint ? 1 : before.deaths + 1
  return write(folder, { deaths, checkpoint, seconds: before.seconds + seconds })
}

export async function recordSeconds(folder: string, seconds: number): Promise<TrainerRecord> {
  const before = await readRecord(folder)
  return write(folder, { ...before, seconds: before.seconds + seconds })
}

async function write(folder: string, record: TrainerRecord): Promise<TrainerRecord> {
  await mkdir(folder, { recursive: true })
  await writeDurably(fileIn(folder), Buffer.from(JSON.stringify(record)))
  return record
}
