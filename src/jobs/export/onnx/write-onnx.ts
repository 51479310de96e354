import { FlywheelError } from '../../../contracts/errors.js'
import type { Input } from '../../../contracts/family.js'
import { weightsOf } from '../../../contracts/model-manifest.js'
import { readStored } from '../../../contracts/stored-blob.js'
import type { Head } from '../../../contracts/task.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import { encodeModel } from '../../../onnx/model-proto.js'
import { onnxPorts } from '../../../onnx/ports.js'
import { loadNetwork } from '../../../training/network.js'
import { onnxExport } from '../../../training/onnx-export.js'
import { onnxModel } from '../../../training/onnx-model.js'
import { describedFiles, outputName, type WrittenModel } from '../describe/described-files.js'
import { modelMetadata } from '../describe/model-metadata.js'
import type { FormatText } from '../describe/readme.js'
import { answersInPython, block, numbersInNode, numbersInPython } from '../describe/snippets.js'
import type { ExportedVersion, WrittenExport } from '../format.js'
import { networkQuestions, withVersion } from '../proof/version-answers.js'

export const onnxFile = 'model.onnx'

/**
 * The version's ONNX form with its output's scale, as predictors run it, with what is known of it as metadata.
 *
 * @throws FlywheelError job-failed when the version has no ONNX form
 */
export async function writeOnnx(version: ExportedVersion): Promise<WrittenExport> {
  const { servable } = version
  const { manifest, task } = servable
  const head = servedHead(task, manifest)
  const output = outputName(version)
  const bytes = onnxExport(await storedForm(version, head), {
    head,
    output,
    metadata: modelMetadata(version),
  })
  const input: Input = { ...(manifest.shapes.inputs[0] as Input), name: onnxPorts.input }
  const model: WrittenModel = {
    format: 'onnx',
    load: 'onnxruntime.InferenceSession',
    input,
    output: { name: output, units: head.units },
  }
  return {
    files: [
      { name: onnxFile, bytes },
      ...describedFiles(version, { model, text: (options) => textOf(version, { ...options, model }) }),
    ],
    questions: await withVersion(version, (answer) =>
      networkQuestions(version, answer, { input, signature: 'numbers' }),
    ),
  }
}

/** As it was published; versions of before there were any get theirs now. */
async function storedForm({ tf, family, artifacts, servable }: ExportedVersion, head: Head) {
  const { manifest } = servable
  if (manifest.onnx !== undefined && 'sha256' in manifest.onnx) return readStored(artifacts, manifest.onnx)
  const bytes = await readStored(artifacts, weightsOf(manifest, 'or an ONNX form'))
  const network = loadNetwork({ tf, family, manifest, bytes })
  try {
    const made = manifest.onnx ?? onnxModel({ tf, model: network, head })
    if ('onnx' in made) return encodeModel(made.onnx)
    throw new FlywheelError('job-failed', `The version has no ONNX form: ${made.reason}`, {
      remedy: 'Export it as savedmodel or tfjs',
    })
  } finally {
    network.dispose()
  }
}

function textOf(
  { servable: { signature } }: ExportedVersion,
  { isPortable, model }: { isPortable: boolean; model: WrittenModel },
): FormatText {
  const { input, output } = model
  const node = `import { InferenceSession, Tensor } from 'onnxruntime-node'
${numbersInNode({ signature, isPortable, model })}

const session = await InferenceSession.create('${onnxFile}')
const ${input.name} = new Tensor('float32', numbers, [rows, ${input.shape.join(', ')}])
const { ${output.name} } = await session.run({ ${input.name} })
console.log(${output.name}.data) // [rows, ${output.units}], row after row`
  const python = `import json

import numpy as np
import onnxruntime

${numbersInPython({ model })}
session = onnxruntime.InferenceSession("${onnxFile}")
output = session.run(["${output.name}"], {"${input.name}": numbers})[0]
${answersInPython({ signature })}`
  return {
    software: 'ONNX Runtime',
    files: [
      {
        names: `\`${onnxFile}\``,
        holds: 'an ONNX model (opset 17); its metadata name version, columns and classes',
      },
    ],
    usage: `In Node (\`npm install onnxruntime-node\`), as \`ask.mjs\` in this folder:

${block('js', node)}

In Python (\`pip install onnxruntime\`), as \`ask.py\`:

${block('python', python)}`,
  }
}
