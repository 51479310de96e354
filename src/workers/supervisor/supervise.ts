import { errorTable } from '../../contracts/errors.js'
import type { JobData, JobOutput } from '../../contracts/job.js'
import { type MemoryDemand, type MemoryFigures, memoryLimitError } from '../../contracts/memory.js'
import type { Relayed } from '../../queues.js'
import type { ArtifactStore } from '../../registry/artifacts.js'
import type { JobError } from '../../registry/database/schema.js'
import type { StopReason } from '../messages.js'
import { readRecord, recordDeath, recordSeconds } from './record.js'
import { startTrainer, type TrainerEnd, type TrainerProcess } from './trainer-process.js'

/** Deaths in a row without a new checkpoint that end a job. */
const DEATHS = 3

/** How the worker's part of a job ends. */
export type Ending =
  | { readonly kind: 'output'; readonly output: JobOutput }
  | { readonly kind: 'error'; readonly error: JobError; readonly isRetriable: boolean }
  | { readonly kind: 'cancelled' | 'handed-back' | 'lock-lost' }

export interface Supervision {
  readonly data: JobData
  readonly attempt: number
  readonly artifacts: ArtifactStore
  readonly artifactsFolder: string
  readonly jobTypes: string
  readonly memoryLimitBytes: number
  readonly env: NodeJS.ProcessEnv
  readonly relay: (message: Relayed) => void
}

export interface SupervisedJob {
  readonly ending: Promise<Ending>
  stop(reason: StopReason): void
  readonly pid: number | null
}

/** Runs a job in trainers of its own, one after the other, until it ends, is stopped or has died too often. */
export function supervise(supervision: Supervision): SupervisedJob {
  let trainer: TrainerProcess | null = null
  let stopReason: StopReason | null = null
  const isStopped = () => stopReason

  async function run(): Promise<Ending> {
    const { data, artifacts } = supervision
    const folder = artifacts.checkpointsFolder(data.jobId)
    const earlier = await artifacts.readResult(data.jobId)
    if (earlier !== null && 'output' in earlier) return { kind: 'output', output: earlier.output }
    for (;;) {
      const reason = isStopped()
      if (reason !== null) return stoppedEnding(reason, [])
      const { ending, end, seconds, trainer: ended } = await runOnce(folder)
      if (ending !== null) {
        await recordSeconds(folder, seconds)
        return ending
      }
      const { deaths } = await recordDeath(folder, seconds)
      if (deaths >= DEATHS) return diedEnding(end, ended, supervision.memoryLimitBytes)
      supervision.relay({
        kind: 'warning',
        data: { detail: `The training process ${inWords(end)}; it goes on` },
      })
    }
  }

  async function runOnce(folder: string) {
    const startedAt = Date.now()
    const limitSeconds = timeLimitSeconds(supervision.data)
    const usedSeconds = (await readRecord(folder)).seconds
    const current = start(supervision)
    trainer = current
    if (stopReason !== null) current.stop(stopReason)
    const timer = limitSeconds
      ? setTimeout(() => current.stop('time-limit'), Math.max(0, limitSeconds - usedSeconds) * 1_000)
      : undefined
    const end = await current.ended
    clearTimeout(timer)
    trainer = null
    const ending = endingOf(end, current, supervision.memoryLimitBytes)
    return { ending, end, seconds: (Date.now() - startedAt) / 1_000, trainer: current }
  }

  return {
    ending: run(),
    stop(reason) {
      stopReason ??= reason
      trainer?.stop(reason)
    },
    get pid() {
      return trainer?.pid ?? null
    },
  }
}

function start(supervision: Supervision): TrainerProcess {
  const { data, attempt, artifactsFolder, jobTypes, memoryLimitBytes, env, relay } = supervision
  return startTrainer({
    run: { kind: 'run', data, attempt, memoryLimitBytes, artifactsFolder, jobTypes },
    env,
    onMessage: (message) =>
      relay(
        message.kind === 'progress'
          ? { kind: 'progress', data: message.progress }
          : { kind: message.event, data: message.data },
      ),
  })
}

/** Null when the trainer died and may be tried again. */
function endingOf(end: TrainerEnd, trainer: TrainerProcess, limitBytes: number): Ending | null {
  if (end.kind === 'done') return { kind: 'output', output: end.output }
  if (trainer.stopReason === 'memory-limit' && trainer.memoryDemand !== null) {
    const what = 'The training process held more memory than its limit'
    return memoryEnding(trainer.memoryDemand, { what, limitBytes, log: trainer.log() })
  }
  if (trainer.stopReason !== null) return stoppedEnding(trainer.stopReason, trainer.log())
  if (end.kind === 'died') return null
  if (end.kind === 'stopped') return { kind: 'handed-back' }
  const { isRetriable, memory, ...error } = end.error
  return { kind: 'error', isRetriable, error: { ...error, ...memory, log: trainer.log() } }
}

function memoryEnding(
  demand: MemoryDemand,
  { what, limitBytes, log }: { what: string; limitBytes: number; log: readonly string[] },
): Ending {
  const { code, message: detail, remedy, members } = memoryLimitError(demand, { limitBytes, what })
  const error = { stage: 'run', code, detail, remedy, log, ...(members as unknown as MemoryFigures) }
  return { kind: 'error', isRetriable: false, error }
}

function stoppedEnding(reason: StopReason, log: readonly string[]): Ending {
  if (reason === 'cancel') return { kind: 'cancelled' }
  if (reason === 'shutdown') return { kind: 'handed-back' }
  if (reason === 'lock-lost') return { kind: 'lock-lost' }
  const { title: detail, remedy } = errorTable[reason]
  return { kind: 'error', isRetriable: false, error: { stage: 'run', code: reason, detail, remedy, log } }
}

function diedEnding(end: TrainerEnd, trainer: TrainerProcess, limitBytes: number): Ending {
  const log = trainer.log()
  const detail = `The training process died ${DEATHS} times in a row without getting further: it ${inWords(end)}`
  if (end.kind === 'died' && end.isOutOfMemory && trainer.memoryDemand !== null) {
    return memoryEnding(trainer.memoryDemand, { what: detail, limitBytes, log })
  }
  const code = end.kind === 'died' && end.isOutOfMemory ? 'memory-limit' : 'trainer-died'
  const { remedy } = errorTable[code]
  return { kind: 'error', isRetriable: false, error: { stage: 'run', code, detail, remedy, log } }
}

function inWords(end: TrainerEnd): string {
  if (end.kind !== 'died') return 'ended'
  return end.isOutOfMemory ? 'was killed by the kernel, which had no memory left' : `was ${end.cause}`
}

/** The one field of a specification that the worker itself reads: every job type spells it so. */
function timeLimitSeconds({ specification }: JobData): number | undefined {
  const { training } = (specification ?? {}) as { training?: { timeLimitSeconds?: number | null } }
  return training?.timeLimitSeconds ?? undefined
}
