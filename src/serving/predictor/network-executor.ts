import type { Family, TensorFlow } from '../../contracts/family.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Head } from '../../contracts/task.js'
import { loadNetwork } from '../../training/network.js'
import { openNetwork } from '../../training/open-network.js'
import type { Executor } from './executor.js'

/** The network as a graph of TensorFlow; operation by operation where it can not be traced. */
export function networkExecutor({
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
  return openNetwork({ tf, model: loadNetwork({ tf, family, manifest, bytes: weights }), head })
}
