import type { Family, TensorFlow } from '../../contracts/family.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Head } from '../../contracts/task.js'
import { loadNetwork, runNetwork } from '../../training/network.js'
import type { Executor } from './executor.js'

/** The network as tfjs runs it, operation by operation. */
export function eagerExecutor({
  tf,
  family,
  manifest,
  weights,
  head,
}: {
  tf: TensorFlow
  family: Family
  manifest: ModelManifest
  /** The blob that `manifest.weights` names. */
  weights: Uint8Array
  head: Head
}): Executor {
  const model = loadNetwork({ tf, family, manifest, bytes: weights })
  return {
    run: async (features, rows) => runNetwork({ tf, model, head, features, rows }),
    dispose: () => void model.dispose(),
  }
}
