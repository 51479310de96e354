import type { Checkpoints } from '../../contracts/job.js'
import type { StoredTensors } from '../../contracts/model-manifest.js'
import type { TrainingState } from '../state.js'
import type { ExecutorName } from '../step-runner.js'
import type { TrainingWarning } from '../warnings.js'
import { packTensors } from '../weights.js'
import type { Callback, TrainingView } from './callback.js'
import type { BestEpoch, EarlyStopping } from './early-stopping.js'

/** What a checkpoint says beside its tensors. */
export interface CheckpointMeta {
  readonly format: 1
  /** Of everything that the training follows from: a checkpoint of another training is not resumed. */
  readonly fingerprint: string
  readonly state: TrainingState
  /** What computed the steps: a resumed training keeps it. Absent in old checkpoints. */
  readonly executor?: ExecutorName
  /** Why that one. Absent in old checkpoints. */
  readonly executorReason?: string
  /** What the report should tell of the steps so far. Absent in old checkpoints. */
  readonly warnings?: readonly TrainingWarning[]
  readonly best: BestEpoch | null
  readonly tensors: StoredTensors['tensors']
  /** How many of the tensors, in this order, are weights, slots and the best epoch's weights. */
  readonly counts: { readonly weights: number; readonly slots: number; readonly bestWeights: number }
}

export interface CheckpointTiming {
  /** The first one is due so long after the first steps. */
  readonly firstAfterMs?: number
  readonly everyMs?: number
  /** Share of the time that checkpoints may cost; above it they become rarer. */
  readonly maxShare?: number
}

export interface CheckpointWriter extends Callback {
  /** Leaves the last checkpoint where weights or slots are not finite. */
  save(view: TrainingView): Promise<void>
}

/** Saves the whole training now and then, so that a restart loses little. */
export function checkpoint(options: {
  readonly checkpoints: Checkpoints
  readonly fingerprint: string
  readonly stopping: EarlyStopping | null
  /** What was told of the training so far. */
  readonly warnings: readonly TrainingWarning[]
  readonly timing?: CheckpointTiming | undefined
}): CheckpointWriter {
  const { checkpoints, fingerprint, stopping, warnings, timing = {} } = options
  const { firstAfterMs = 1_000, everyMs = 4_000, maxShare = 0.035 } = timing
  let due: number | undefined

  async function save({ state, runner }: TrainingView): Promise<void> {
    const started = performance.now()
    const { weights, slots } = runner.read()
    // A training that diverges must find weights to go on from.
    if (![...weights, ...slots].every(({ values }) => values.every(Number.isFinite))) return
    const bestWeights = stopping?.bestWeights ?? []
    const packed = packTensors([...weights, ...slots, ...bestWeights])
    const meta: CheckpointMeta = {
      format: 1,
      fingerprint,
      state,
      executor: runner.executor,
      executorReason: runner.executorReason,
      warnings,
      best: stopping?.best ?? null,
      tensors: packed.tensors,
      counts: { weights: weights.length, slots: slots.length, bestWeights: bestWeights.length },
    }
    await checkpoints.save({ meta, tensors: packed.bytes })
    const costMs = performance.now() - started
    due = performance.now() + Math.max(everyMs, costMs / maxShare)
  }

  async function saveWhenDue(view: TrainingView): Promise<void> {
    due ??= performance.now() + firstAfterMs
    if (performance.now() >= due) await save(view)
  }

  return { save, stepsDone: saveWhenDue, epochDone: saveWhenDue }
}
