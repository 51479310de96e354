import type { ErrorCode } from '../contracts/errors.js'
import type { JobData, JobOutput, JobProgress } from '../contracts/job.js'
import type { MemoryDemand, MemoryFigures } from '../contracts/memory.js'

/** From the worker to its trainer, over fork's channel. */
export type ToTrainer =
  | {
      readonly kind: 'run'
      readonly data: JobData
      readonly attempt: number
      readonly memoryLimitBytes: number
      readonly artifactsFolder: string
      /** URL of the compiled folder of job types. */
      readonly jobTypes: string
    }
  | { readonly kind: 'stop'; readonly reason: StopReason }

/** Why a job is stopped before its end; `shutdown` asks for a checkpoint first. */
export type StopReason = 'cancel' | 'shutdown' | 'lock-lost' | 'time-limit' | 'memory-limit'

/** From the trainer to its worker. */
export type FromTrainer =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'event'; readonly event: 'epoch' | 'log' | 'warning'; readonly data: unknown }
  | { readonly kind: 'memory'; readonly demand: MemoryDemand }
  | { readonly kind: 'done'; readonly output: JobOutput }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: TrainerError }

export interface TrainerError {
  readonly stage: string
  readonly code: ErrorCode
  readonly detail: string
  readonly remedy: string
  readonly isRetriable: boolean
  /** Of an error about memory. */
  readonly memory?: MemoryFigures
}
