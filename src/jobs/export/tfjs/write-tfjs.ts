import type { io, LayersModel } from '@tensorflow/tfjs'
import { FlywheelError } from '../../../contracts/errors.js'
import type { Input } from '../../../contracts/family.js'
import { weightsOf } from '../../../contracts/model-manifest.js'
import { readStored } from '../../../contracts/stored-blob.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import type { Servable } from '../../../serving/servable.js'
import { graphModel } from '../../../training/graph-model.js'
import { loadNetwork } from '../../../training/network.js'
import { describedFiles, outputName, type WrittenModel } from '../describe/described-files.js'
import { exampleInstance } from '../describe/example-instance.js'
import type { FormatText } from '../describe/readme.js'
import type { ExportedVersion, WrittenExport } from '../format.js'
import { networkQuestions, withWeights } from '../proof/version-answers.js'
import { foreignLayers, layersModel } from './layers-model.js'

type ModelFormat = NonNullable<ExportedVersion['modelFormat']>

const loaders: Readonly<Record<ModelFormat, string>> = {
  'layers-model': 'tf.loadLayersModel',
  'graph-model': 'tf.loadGraphModel',
}

/**
 * A version as files that plain TensorFlow.js loads: the network with its softmax or its output's scale. Networks of
 * TensorFlow.js's own layers become layers models where nothing else is asked for, all others graph models.
 *
 * @throws FlywheelError job-failed when a layers model is asked for, and TensorFlow.js has no class for a layer
 */
export async function writeTfjs(version: ExportedVersion): Promise<WrittenExport> {
  const { tf, family, servable, artifacts } = version
  const { manifest, task } = servable
  const head = servedHead(task, manifest)
  const output = outputName(version)
  const bytes = await readStored(artifacts, weightsOf(manifest, 'for TensorFlow.js'))
  const network = loadNetwork({ tf, family, manifest, bytes })
  try {
    const input = inputOf(network, manifest.shapes.inputs as readonly Input[])
    const modelFormat = formatOf(version, foreignLayers(tf, network))
    const artifacts =
      modelFormat === 'layers-model'
        ? await layersModel(tf, { network, head, output })
        : graphModel({ tf, model: network, head, input: input.name, output })
    const model: WrittenModel = {
      format: modelFormat,
      load: loaders[modelFormat],
      input,
      output: { name: output, units: head.units },
    }
    return {
      details: { modelFormat },
      files: [
        { name: 'model.json', bytes: Buffer.from(JSON.stringify(modelJson(artifacts))) },
        { name: 'weights.bin', bytes: new Uint8Array(artifacts.weightData as ArrayBuffer) },
        ...describedFiles(version, { model, text: (options) => textOf(servable, { ...options, model }) }),
      ],
      questions: await withWeights(version, (answer) =>
        networkQuestions(version, answer, { input, signature: 'numbers' }),
      ),
    }
  } finally {
    network.dispose()
  }
}

function formatOf({ modelFormat }: ExportedVersion, foreign: readonly string[]): ModelFormat {
  if (foreign.length === 0) return modelFormat ?? 'layers-model'
  if (modelFormat !== 'layers-model') return 'graph-model'
  throw new FlywheelError('job-failed', `TensorFlow.js has no class for the layers ${foreign.join(', ')}`, {
    remedy: 'Export it with "modelFormat": "graph-model"',
  })
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

function textOf(
  { signature }: Servable,
  { isPortable, model }: { isPortable: boolean; model: WrittenModel },
): FormatText {
  const { load, input, output, format } = model
  const numbers = isPortable
    ? `import { preprocessor } from './preprocess/index.js'

const described = await (await fetch('./transforms.json')).json()
const instances = [${JSON.stringify(exampleInstance(signature))}]
const numbers = await preprocessor(described)(instances)
const rows = instances.length`
    : `const [numbers, rows] = [[], 0] // see “From columns to numbers”`
  return {
    software: 'TensorFlow.js',
    files: [
      {
        names: '`model.json`, `weights.bin`',
        holds: format === 'layers-model' ? 'a layers model' : 'a graph model',
      },
    ],
    usage: `In a page that is served from this folder, or from a bundle:

\`\`\`js
import * as tf from '@tensorflow/tfjs'
${numbers}

const model = await ${load}('./model.json')
const output = model.predict(tf.tensor(numbers, [rows, ${input.shape.join(', ')}])) // [rows, ${output.units}]
console.log(await output.array())
\`\`\``,
  }
}
