import type { Artifacts } from '../contracts/job.js'
import type { ModelManifest } from '../contracts/model-manifest.js'
import { readStored } from '../contracts/stored-blob.js'

/** Keys of the features of all feedback that a version has learnt, and those that it came from: see `rowKeys`. */
export async function readLearntFeedback(
  artifacts: Pick<Artifacts, 'read'>,
  { learntFeedback }: Pick<ModelManifest, 'learntFeedback'>,
): Promise<BigUint64Array> {
  if (learntFeedback === undefined) return new BigUint64Array(0)
  const bytes = await readStored(artifacts, learntFeedback)
  return new BigUint64Array(bytes.slice().buffer)
}

/** Stores such keys, each once and in their order, for the manifest of a version that has learnt them. */
export async function storeLearntFeedback(
  artifacts: Pick<Artifacts, 'put'>,
  known: ReadonlySet<bigint>,
): Promise<NonNullable<ModelManifest['learntFeedback']>> {
  const keys = BigUint64Array.from(known).sort()
  return artifacts.put(new Uint8Array(keys.buffer))
}
