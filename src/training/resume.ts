import type { Checkpoints } from '../contracts/job.js'
import type { CheckpointMeta } from './callbacks/checkpoint.js'
import type { EarlyStopping } from './callbacks/early-stopping.js'
import type { TrainingState } from './state.js'
import type { StepRunner } from './step-runner.js'
import { unpackTensors } from './weights.js'

/**
 * Puts a training back to its newest checkpoint.
 *
 * @returns where it stands, or null when there is no checkpoint of this training
 */
export async function resume(options: {
  readonly checkpoints: Checkpoints
  readonly fingerprint: string
  readonly runner: StepRunner
  readonly stopping: EarlyStopping | null
}): Promise<TrainingState | null> {
  const { checkpoints, fingerprint, runner, stopping } = options
  const saved = await checkpoints.latest()
  const meta = saved?.meta as CheckpointMeta | undefined
  if (!saved || meta?.format !== 1 || meta.fingerprint !== fingerprint) return null

  const all = unpackTensors({ tensors: meta.tensors, bytes: saved.tensors })
  const { weights, slots } = meta.counts
  runner.write({ weights: all.slice(0, weights), slots: all.slice(weights, weights + slots) })
  if (stopping) {
    stopping.best = meta.best
    stopping.bestWeights = meta.counts.bestWeights > 0 ? all.slice(weights + slots) : null
  }
  return meta.state
}
