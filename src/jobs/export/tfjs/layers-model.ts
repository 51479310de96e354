import type { io, LayersModel, SymbolicTensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../../contracts/errors.js'
import type { TensorFlow } from '../../../contracts/family.js'
import type { Head } from '../../../contracts/task.js'

/** The classes of the network's layers that TensorFlow.js does not have. Layers of Flywheel alone are not registered. */
export function foreignLayers(tf: TensorFlow, network: LayersModel): string[] {
  const { classNameMap } = tf.serialization.SerializationMap.getMap()
  const names = network.layers.map((layer) => layer.getClassName())
  return [...new Set(names.filter((name) => !Object.hasOwn(classNameMap, name)))]
}

/** The network with what comes after its logits as last layer, named `output`. */
export async function layersModel(
  tf: TensorFlow,
  { network, head, output }: { network: LayersModel; head: Head; output: string },
): Promise<io.ModelArtifacts> {
  const logits = cooled(tf, network.outputs[0] as SymbolicTensor, head)
  const last =
    head.activation === 'softmax'
      ? tf.layers.activation({ name: output, activation: 'softmax' })
      : tf.layers.dense({ name: output, units: head.units, trainable: false })
  const model = tf.model({ inputs: network.inputs, outputs: last.apply(logits) as SymbolicTensor })
  if (head.activation === 'linear') {
    const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
    const values = tf.tidy(() => [tf.eye(head.units).mul(multiply), tf.fill([head.units], add)])
    last.setWeights(values)
    tf.dispose(values)
  }
  return savedModel(tf, model)
}

/** The logits divided by the head's temperature, where it has one. */
function cooled(tf: TensorFlow, logits: SymbolicTensor, { temperature, units }: Head): SymbolicTensor {
  if (temperature === undefined) return logits
  const layer = tf.layers.dense({ name: 'temperature', units, useBias: false, trainable: false })
  const divided = layer.apply(logits) as SymbolicTensor
  const values = tf.tidy(() => [tf.eye(units).div(temperature)])
  layer.setWeights(values)
  tf.dispose(values)
  return divided
}

async function savedModel(tf: TensorFlow, model: LayersModel): Promise<io.ModelArtifacts> {
  let saved: io.ModelArtifacts | undefined
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  if (saved === undefined) throw new FlywheelError('job-failed', 'The model could not be saved')
  return { ...saved, format: 'layers-model', generatedBy: 'Flywheel' }
}
