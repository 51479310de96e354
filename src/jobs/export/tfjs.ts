import type { io, LayersModel, SymbolicTensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../contracts/errors.js'
import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Head } from '../../contracts/task.js'
import type { Servable } from '../../serving/servable.js'
import { loadNetwork, runNetwork } from '../../training/network.js'
import { readmeOf } from './readme.js'
import type { ArchiveFile } from './zip.js'

export interface TfjsExportOptions {
  readonly tf: TensorFlow
  readonly family: Family
  readonly servable: Servable
  /** The blob that the manifest's `weights` names. */
  readonly weights: Uint8Array
  /** model@version, for the README. */
  readonly name: string
}

const verifiedRows = 256
const largestDifference = 1e-5

/**
 * A version as files that plain TensorFlow.js loads: the network with its softmax, or with its output's scale as a
 * last dense layer, and transforms and labels as JSON. What was written is loaded again and compared.
 *
 * @throws FlywheelError job-failed when the loaded model answers differently
 */
export async function exportTfjs(options: TfjsExportOptions): Promise<{
  files: readonly ArchiveFile[]
  verified: { rows: number; largestDifference: number }
}> {
  const { tf, family, servable, weights, name } = options
  const { manifest, task, signature } = servable
  const head = task.head(manifest.task.state)
  const network = loadNetwork({ tf, family, manifest, bytes: weights })
  try {
    const artifacts = await savedModel(tf, withHead(tf, { network, head }))
    const difference = await differenceOf({ tf, network, head, artifacts })
    if (!(difference <= largestDifference)) {
      throw new FlywheelError('job-failed', `The exported model answers differently, by ${difference}`)
    }
    const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
    const { transforms, networkColumns, target } = manifest
    const output = head.activation === 'softmax' ? 'probabilities' : 'value'
    return {
      files: [
        { name: 'model.json', bytes: json(modelJson(artifacts)) },
        { name: 'weights.bin', bytes: new Uint8Array(artifacts.weightData as ArrayBuffer) },
        { name: 'transforms.json', bytes: json({ inputs: signature.inputs, transforms, networkColumns }) },
        { name: 'labels.json', bytes: json({ task: task.name, target, output, classes: signature.classes }) },
        { name: 'README.md', bytes: Buffer.from(readmeOf({ name, servable })) },
      ],
      verified: { rows: verifiedRows, largestDifference: difference },
    }
  } finally {
    network.dispose()
  }
}

/** The network with what comes after its logits, of standard layers alone. */
function withHead(tf: TensorFlow, { network, head }: { network: LayersModel; head: Head }): LayersModel {
  const logits = network.outputs[0] as SymbolicTensor
  const last =
    head.activation === 'softmax'
      ? tf.layers.activation({ name: 'probabilities', activation: 'softmax' })
      : tf.layers.dense({ name: 'value', units: head.units, trainable: false })
  const model = tf.model({ inputs: network.inputs, outputs: last.apply(logits) as SymbolicTensor })
  if (head.activation === 'linear') {
    const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
    const values = tf.tidy(() => [tf.eye(head.units).mul(multiply), tf.fill([head.units], add)])
    last.setWeights(values)
    tf.dispose(values)
  }
  return model
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
  return saved
}

const modelJson = ({ modelTopology, weightSpecs }: io.ModelArtifacts) => ({
  format: 'layers-model',
  generatedBy: 'Flywheel',
  convertedBy: null,
  modelTopology,
  weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
})

/** The largest difference, relative where answers are large, on rows drawn evenly from −2 to 2. */
async function differenceOf({
  tf,
  network,
  head,
  artifacts,
}: {
  tf: TensorFlow
  network: LayersModel
  head: Head
  artifacts: io.ModelArtifacts
}): Promise<number> {
  const shape = network.inputs[0]?.shape.slice(1) as number[]
  const width = shape.reduce((product, size) => product * size, 1)
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts))
  const [features, answers] = tf.tidy(() => {
    const x = tf.randomUniform([verifiedRows, ...shape], -2, 2, 'float32', 1)
    const y = loaded.predict(x) as ReturnType<typeof tf.tensor>
    return [x.dataSync<'float32'>(), y.dataSync<'float32'>()]
  })
  loaded.dispose()
  const expected = runNetwork({ tf, model: network, head, features, rows: features.length / width })
  const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
  return answers.reduce((largest, answer, at) => {
    const wanted = (expected[at] as number) * multiply + add
    return Math.max(largest, Math.abs(answer - wanted) / Math.max(1, Math.abs(wanted)))
  }, 0)
}
