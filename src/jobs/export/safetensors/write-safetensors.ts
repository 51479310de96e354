import type { Input } from '../../../contracts/family.js'
import { weightsOf } from '../../../contracts/model-manifest.js'
import { readStored } from '../../../contracts/stored-blob.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import { unpackTensors } from '../../../training/weights.js'
import { describedFiles, outputName, type WrittenModel } from '../describe/described-files.js'
import { modelMetadata } from '../describe/model-metadata.js'
import type { FormatText } from '../describe/readme.js'
import { block } from '../describe/snippets.js'
import type { ExportedVersion, WrittenExport } from '../format.js'
import { networkQuestions, withWeights } from '../proof/version-answers.js'
import type { NetworkConfig } from './network-config.js'
import { encodeSafetensors, type SafeTensor } from './safetensors.js'

/** The version's weights under the network's own names, and what is needed to build the network that they belong to. */
export async function writeSafetensors(version: ExportedVersion): Promise<WrittenExport> {
  const { manifest, task } = version.servable
  const { units, activation, temperature, scale } = servedHead(task, manifest)
  const config: NetworkConfig = {
    family: manifest.family.name,
    hyperparameters: manifest.family.hyperparameters,
    shapes: manifest.shapes as NetworkConfig['shapes'],
    seed: manifest.seed,
    head: { units, activation, ...(temperature ? { temperature } : {}), ...(scale ? { scale } : {}) },
  }
  const input = manifest.shapes.inputs[0] as Input
  const model: WrittenModel = {
    format: 'safetensors',
    load: 'safetensors.numpy.load_file',
    input,
    output: { name: outputName(version), units },
  }
  return {
    files: [
      {
        name: 'model.safetensors',
        bytes: encodeSafetensors(await tensorsOf(version), modelMetadata(version)),
      },
      { name: 'config.json', bytes: Buffer.from(`${JSON.stringify(config, null, 2)}\n`) },
      ...describedFiles(version, { model, text: () => textOf(config) }),
    ],
    questions: await withWeights(version, (answer) =>
      networkQuestions(version, answer, { input, signature: 'numbers' }),
    ),
  }
}

/** As float32, whatever they are stored as. */
async function tensorsOf({ servable, artifacts }: ExportedVersion): Promise<SafeTensor[]> {
  const stored = weightsOf(servable.manifest, 'for the format safetensors')
  const bytes = await readStored(artifacts, stored)
  return unpackTensors({ tensors: stored.tensors, bytes }).map(({ name, shape, values }) => ({
    name,
    shape,
    dtype: values instanceof Int32Array ? 'int32' : 'float32',
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }))
}

const textOf = ({ family, head }: NetworkConfig): FormatText => ({
  software: 'whatever reads safetensors',
  files: [
    {
      names: '`model.safetensors`',
      holds: 'the weights by name, float32; its metadata name version, columns and classes',
    },
    {
      names: '`config.json`',
      holds: `the family \`${family}\` with its hyperparameters, the shapes of input and output, and the head`,
    },
  ],
  usage: `In Python (\`pip install safetensors numpy\`), as \`ask.py\` in this folder:

${block(
  'python',
  `from safetensors import safe_open

with safe_open("model.safetensors", framework="numpy") as weights:
    print(weights.metadata()["version"])
    for name in weights.keys():
        print(name, weights.get_tensor(name).shape)`,
)}

The file holds weights, not the computation. Kernels of dense layers are [in, out], those of convolutions
[height, width, in, out]; names are those of the layers of Flywheel’s family \`${family}\`. After the logits comes the \`head\`
of \`config.json\`: ${head.activation === 'softmax' ? 'the logits divided by `temperature` (absent: 1), then the softmax' : 'value × `scale.multiply` + `scale.add`'}.`,
})
