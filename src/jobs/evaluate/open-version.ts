import type { RunContext } from '../../contracts/job.js'
import { answersByOnnxForm, type ModelManifest, weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import { answeringModel, openStoredModel, type StoredModel } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { openOnnxForm } from './open-onnx-form.js'

/**
 * Opens a stored version as jobs ask it: its network in TensorFlow, or in ONNX Runtime where nothing else answers as it
 * does. The caller disposes of it.
 *
 * @throws FlywheelError artifact-damaged when it needs what is not in this version of Flywheel
 */
export async function openVersion(
  manifest: ModelManifest,
  { context, catalogue }: { context: Pick<RunContext, 'artifacts' | 'tensorflow'>; catalogue: Catalogue },
): Promise<StoredModel> {
  const { artifacts } = context
  if (answersByOnnxForm(manifest)) {
    const network = await openOnnxForm(manifest, artifacts)
    return answeringModel(network, { manifest, ...catalogue })
  }
  const tf = await context.tensorflow({ deterministic: false })
  const weights = await readStored(artifacts, weightsOf(manifest, 'or an ONNX form'))
  return openStoredModel({ tf, manifest, weights, ...catalogue })
}
