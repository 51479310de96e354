import type { io, LayersModel, Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../contracts/errors.js'
import type { Family, Input, TensorFlow } from '../../contracts/family.js'
import type { Head } from '../../contracts/task.js'
import { MISSING_WORDS } from '../../datasets/cell-grammar.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import type { Servable } from '../../serving/servable.js'
import { activationBytes, forwardRows } from '../../training/forward-rows.js'
import { graphModel } from '../../training/graph-model.js'
import { loadNetwork, runNetwork } from '../../training/network.js'
import type { Transforms } from '../../transforms/chain/catalogue.js'
import { hasStandardLayers, layersModel } from './layers-model.js'
import { loadedModel } from './loaded-model.js'
import { preprocessFiles, preprocessPath } from './preprocess/preprocess-files.js'
import { loaders, type ModelFormat, readmeOf } from './readme.js'
import type { ArchiveFile } from './zip.js'

export interface TfjsExportOptions {
  readonly tf: TensorFlow
  readonly family: Family
  readonly transforms: Transforms
  readonly servable: Servable
  /** The blob that the manifest's `weights` names. */
  readonly weights: Uint8Array
  /** model@version, for the README. */
  readonly name: string
}

/** Fewer where a row has many activations. */
const verifiedRows = 256
/** The loaded model is asked as many of these rows at once as well. */
const smallBatches = [1, 7]
const largestDifference = 1e-5

/**
 * A version as files that plain TensorFlow.js loads: the network with its softmax or its output's scale, and transforms
 * and labels as JSON. Networks of TensorFlow.js's own layers become layers models, all others graph models. What was
 * written is loaded again and compared.
 *
 * @throws FlywheelError job-failed when TensorFlow.js can not run the model, or the loaded model answers differently
 */
export async function exportTfjs(options: TfjsExportOptions): Promise<{
  files: readonly ArchiveFile[]
  modelFormat: ModelFormat
  verified: { rows: number; largestDifference: number }
}> {
  const { tf, family, servable, weights, name } = options
  const { manifest, task, signature } = servable
  const head = servedHead(task, manifest)
  const output = head.activation === 'softmax' ? 'probabilities' : 'value'
  const network = loadNetwork({ tf, family, manifest, bytes: weights })
  try {
    const input = inputOf(network, manifest.shapes.inputs as readonly Input[])
    const modelFormat: ModelFormat = hasStandardLayers(tf, network) ? 'layers-model' : 'graph-model'
    const artifacts =
      modelFormat === 'layers-model'
        ? await layersModel(tf, { network, head, output })
        : graphModel({ tf, model: network, head, input: input.name, output })
    const rows = Math.min(verifiedRows, forwardRows(activationBytes(network)))
    const difference = await differenceOf({ tf, network, head, artifacts, input, rows })
    if (!(difference <= largestDifference)) {
      throw new FlywheelError('job-failed', `The exported model answers differently, by ${difference}`)
    }
    const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
    const { networkColumns, target } = manifest
    // What chose the training rows does nothing to a row that is served.
    const steps = manifest.transforms.filter(
      (step) => options.transforms.get(step.name)?.trainingRows === undefined,
    )
    const preprocess = preprocessFiles([...new Set(steps.map((step) => step.name))])
    const [files, notPortable] = 'files' in preprocess ? [preprocess.files, []] : [[], preprocess.notPortable]
    const model = {
      format: modelFormat,
      load: loaders[modelFormat],
      input,
      output: { name: output, units: head.units },
    }
    return {
      modelFormat,
      files: [
        { name: 'model.json', bytes: Buffer.from(JSON.stringify(modelJson(artifacts))) },
        { name: 'weights.bin', bytes: new Uint8Array(artifacts.weightData as ArrayBuffer) },
        {
          name: 'transforms.json',
          bytes: json({
            inputs: signature.inputs,
            missing: MISSING_WORDS,
            transforms: steps,
            networkColumns,
            model,
            preprocess: files.length > 0 ? preprocessPath : null,
            notPortable,
          }),
        },
        {
          name: 'labels.json',
          bytes: json({
            task: task.name,
            target,
            output,
            classes: signature.classes,
            threshold: manifest.calibration?.threshold,
          }),
        },
        {
          name: 'README.md',
          bytes: Buffer.from(
            readmeOf({
              name,
              servable,
              model,
              steps: steps.map((step) => step.name),
              notPortable,
            }),
          ),
        },
        ...files,
      ],
      verified: { rows, largestDifference: difference },
    }
  } finally {
    network.dispose()
  }
}

/** The network's input by the name and shape that it has there. */
const inputOf = (network: LayersModel, [stored]: readonly Input[]): Input => ({
  ...stored,
  name: network.inputNames[0] as string,
  shape: network.inputs[0]?.shape.slice(1) as number[],
})

const modelJson = ({ format, generatedBy, modelTopology, signature, weightSpecs }: io.ModelArtifacts) => ({
  format,
  generatedBy,
  convertedBy: null,
  modelTopology,
  ...(signature ? { signature } : {}),
  weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
})

/** The largest difference, relative where answers are large, on rows drawn evenly from −2 to 2 or from the tokens. */
async function differenceOf({
  tf,
  network,
  head,
  artifacts,
  input,
  rows,
}: {
  tf: TensorFlow
  network: LayersModel
  head: Head
  artifacts: io.ModelArtifacts
  input: Input
  rows: number
}): Promise<number> {
  const x = drawnRows(tf, { ...input, rows })
  const expected = runNetwork({ tf, model: network, head, features: x.dataSync<'float32'>(), rows })
  const { multiply, add } = head.scale ?? { multiply: 1, add: 0 }
  const model = await loadedModel(tf, artifacts)
  try {
    const batches = [...smallBatches.filter((batch) => batch < rows), rows]
    const differences = batches.flatMap((batch) => {
      const answers = tf.tidy(() => (model.predict(x.slice(0, batch)) as Tensor).dataSync<'float32'>())
      return Array.from(answers, (answer, at) => {
        const wanted = (expected[at] as number) * multiply + add
        return Math.abs(answer - wanted) / Math.max(1, Math.abs(wanted))
      })
    })
    return differences.reduce((largest, each) => Math.max(largest, each), 0)
  } finally {
    model.dispose()
    x.dispose()
  }
}

function drawnRows(tf: TensorFlow, { shape, tokens, rows }: Input & { rows: number }): Tensor {
  const size = [rows, ...shape]
  if (tokens === undefined) return tf.randomUniform(size, -2, 2, 'float32', 1)
  return tf.tidy(() =>
    tf
      .randomUniform(size, 0, tokens, 'float32', 1)
      .floor()
      .minimum(tokens - 1),
  )
}
