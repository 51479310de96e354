import type { Checkpoints } from '../contracts/job.js'
import type { CheckpointMeta } from './callbacks/checkpoint.js'
import type { EarlyStopping } from './callbacks/early-stopping.js'
import type { TrainingState } from './state.js'
import type { StepRunner } from './step-runner.js'
import { unpackTensors } from './weights.js'

/** The newest checkpoint of a training. */
export interface SavedTraining {
  readonly meta: CheckpointMeta
  readonly tensors: Uint8Array
}

/** The checkpoint to go on from; null when there is none of this very training. */
export async function savedTraining(
  checkpoints: Checkpoints | undefined,
  fingerprint: string,
): Promise<SavedTraining | null> {
  const saved = await checkpoints?.latest()
  const meta = saved?.meta as CheckpointMeta | undefined
  if (!saved || meta?.format !== 1 || meta.fingerprint !== fingerprint) return null
  return { meta, tensors: saved.tensors }
}

/** Puts a training back to its checkpoint. @returns where it stands */
export function resume(
  { meta, tensors }: SavedTraining,
  { runner, stopping }: { readonly runner: StepRunner; readonly stopping: EarlyStopping | null },
): TrainingState {
  const all = unpackTensors({ tensors: meta.tensors, bytes: tensors })
  const { weights, slots } = meta.counts
  runner.write({ weights: all.slice(0, weights), slots: all.slice(weights, weights + slots) })
  if (stopping) {
    stopping.best = meta.best
    stopping.bestWeights = meta.counts.bestWeights > 0 ? all.slice(weights + slots) : null
  }
  return { ...meta.state, retried: meta.state.retried ?? null } // older checkpoints have none
}
