import { FlywheelError } from '../../contracts/errors.js'
import type { Artifacts } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import type { NetworkRunner } from '../../evaluation/stored-model.js'

/**
 * A version's ONNX form in ONNX Runtime. The caller disposes of it.
 *
 * @throws FlywheelError artifact-damaged where it has none
 */
export async function openOnnxForm(
  { onnx, shapes }: Pick<ModelManifest, 'onnx' | 'shapes'>,
  artifacts: Pick<Artifacts, 'read'>,
): Promise<NetworkRunner> {
  if (onnx === undefined || !('sha256' in onnx)) {
    throw new FlywheelError('artifact-damaged', 'The version has neither weights nor an ONNX form')
  }
  const { onnxExecutor } = await import('../../serving/predictor/onnx-executor.js')
  const bytes = await readStored(artifacts, onnx)
  return onnxExecutor({
    bytes,
    shape: shapes.inputs[0]?.shape ?? [],
    units: shapes.units,
    int8: onnx.int8,
  })
}
