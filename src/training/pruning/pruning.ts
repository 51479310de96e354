import type { LayersModel } from '@tensorflow/tfjs'
import type { Family, Shapes } from '../../contracts/family.js'
import { isTrainable } from '../training-step.js'
import { narrowedGroups } from './channels.js'
import { pruneChannels } from './prune-channels.js'
import { pruneWeights } from './prune-weights.js'
import type { Pruner } from './pruner.js'
import type { PruningSchedule } from './schedule.js'

/** What is taken out of a network while it learns, by magnitude. It survives JSON. */
export interface Pruning extends PruningSchedule {
  /** Single numbers, that share of each kernel; or whole channels, down to those of a narrower network. */
  readonly removed: { readonly sparsity: number } | { readonly narrowed: unknown }
}

/** @throws TypeError for channels of a family that has none to take out */
export function prunerOf(
  { removed }: Pruning,
  { model, ...network }: { model: LayersModel; family: Family; shapes: Shapes; hyperparameters: unknown },
): Pruner {
  const weights = model.weights.map(({ originalName, shape }, i) => ({
    name: originalName,
    shape: shape as number[],
    isTrainable: isTrainable(model)[i] as boolean,
  }))
  if ('sparsity' in removed) return pruneWeights(weights, removed)
  return pruneChannels(weights, narrowedGroups({ ...network, ...removed }))
}
