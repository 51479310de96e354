import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobOutput } from '../contracts/job.js'
import type { JobError } from './database/schema.js'
import { syncPath, writeDurably } from './files.js'

/** How an attempt of a job ended: what the queue delivers, and what stays in the store should the queue lose it. */
export type JobOutcome = { readonly output: JobOutput } | { readonly error: JobError }

export interface JobResults {
  /** Durable as `results/<jobId>/<attempt>.json` before it is told to anyone. */
  writeResult(jobId: string, attempt: number, outcome: JobOutcome): Promise<void>
  /** The first success of a job's attempts, else its last failure, else null. */
  readResult(jobId: string): Promise<JobOutcome | null>
}

export function resultsIn(folder: string): JobResults {
  return {
    async writeResult(jobId, attempt, outcome) {
      await mkdir(join(folder, jobId), { recursive: true })
      await syncPath(folder)
      await writeDurably(join(folder, jobId, `${attempt}.json`), Buffer.from(JSON.stringify(outcome)))
    },
    async readResult(jobId) {
      const names = await readdir(join(folder, jobId)).catch(() => [])
      const attempts = names
        .filter((name) => /^\d+\.json$/.test(name))
        .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
      let last: JobOutcome | null = null
      for (const name of attempts) {
        const outcome = JSON.parse(await readFile(join(folder, jobId, name), 'utf8')) as JobOutcome
        if ('output' in outcome) return outcome
        last = outcome
      }
      return last
    },
  }
}
