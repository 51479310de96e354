import { kindOfType } from '../../../contracts/dataset.js'
import type { Input } from '../../../contracts/family.js'
import { weightsOf } from '../../../contracts/model-manifest.js'
import { readStored } from '../../../contracts/stored-blob.js'
import { MISSING_WORDS } from '../../../datasets/cell-grammar.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import type { Signature } from '../../../serving/signature.js'
import { loadNetwork } from '../../../training/network.js'
import { columnsWriter } from '../../../training/saved-model/columns-to-numbers.js'
import { savedModel, signatureNames } from '../../../training/saved-model/saved-model.js'
import { describedFiles, outputName, type WrittenModel } from '../describe/described-files.js'
import { exampleInstance } from '../describe/example-instance.js'
import type { FormatText } from '../describe/readme.js'
import { block, numbersInPython } from '../describe/snippets.js'
import type { ExportedVersion, WrittenExport } from '../format.js'
import { networkQuestions, withWeights } from '../proof/version-answers.js'
import { columnQuestions } from './column-questions.js'

/**
 * A version as TensorFlow's SavedModel: one graph with the weights in it, whose signature takes columns where every
 * transform has a form in a graph; else numbers, and transforms.json says how columns become them.
 */
export async function writeSavedModel(version: ExportedVersion): Promise<WrittenExport> {
  const { tf, family, servable, transforms, artifacts } = version
  const { manifest, task, signature } = servable
  const head = servedHead(task, manifest)
  const input: Input = { ...(manifest.shapes.inputs[0] as Input), name: 'numbers' }
  const output = outputName(version)
  const writer = columnsWriter({
    inputs: signature.inputs,
    missing: MISSING_WORDS,
    transforms: manifest.transforms.filter(({ name }) => transforms.get(name)?.trainingRows === undefined),
    networkColumns: manifest.networkColumns,
  })
  const columns = 'notInGraph' in writer ? null : writer
  const names = columns?.inputs.map(({ name }) => name) ?? []
  const notInGraph = 'notInGraph' in writer ? writer.notInGraph : []
  const weights = await readStored(artifacts, weightsOf(manifest, 'for a SavedModel'))
  const network = loadNetwork({ tf, family, manifest, bytes: weights })
  try {
    const { bytes, signatures } = savedModel({
      tf,
      model: network,
      head,
      input: input.name,
      output,
      columns,
      labels: signature.classes.map(String),
      threshold: manifest.calibration?.threshold,
    })
    const model: WrittenModel = {
      format: 'savedmodel',
      load: 'tf.saved_model.load',
      input,
      output: { name: output, units: head.units },
    }
    return {
      details: {
        signatures: signatures.map(({ name, inputs }) => ({ name, inputs: inputs.length })),
        preprocessing: columns === null ? 'json' : 'graph',
        notInGraph,
      },
      files: [
        { name: 'saved_model/saved_model.pb', bytes },
        ...describedFiles(version, {
          model,
          text: () => textOf(signature, { model, names, notInGraph }),
          preprocessing: {
            preprocessing: columns === null ? 'json' : 'graph',
            notInGraph,
            signatureInputs: Object.fromEntries(
              names.map((name, at) => [signature.inputs[at]?.name as string, name]),
            ),
          },
        }),
      ],
      questions: await withWeights(version, async (answer) => [
        ...(await networkQuestions(version, answer, { input, signature: signatureNames.numbers })),
        ...(columns === null
          ? []
          : await columnQuestions(version, answer, { signature: signatureNames.columns, names })),
      ]),
    }
  } finally {
    network.dispose()
  }
}

function textOf(
  signature: Signature,
  {
    model,
    names,
    notInGraph,
  }: {
    model: WrittenModel
    /** Of the signature's inputs, in the order of the columns. */
    names: readonly string[]
    notInGraph: readonly string[]
  },
): FormatText {
  const isInGraph = notInGraph.length === 0
  const given = isInGraph
    ? `model = tf.saved_model.load("saved_model").signatures["${signatureNames.columns}"]
answers = model(**{
${columnsInPython(signature, names)}
})`
    : `import numpy as np

${numbersInPython({ model })}
model = tf.saved_model.load("saved_model").signatures["${signatureNames.numbers}"]
answers = model(${model.input.name}=tf.constant(numbers))`
  const outputs = signature.classes.length > 0 ? [model.output.name, 'label'] : [model.output.name]
  const said = isInGraph
    ? `The signature \`${signatureNames.columns}\` takes the columns as they are in the data, each [rows]: numbers as float64 (NaN where
a value is missing; booleans 0 and 1; dates as milliseconds since 1970), texts as strings (empty where missing), vectors as float32
[rows, length]; inputs are named as their columns, but for characters that Python has not in names (\`signatureInputs\` of
\`transforms.json\`); what \`transforms.json\` says happens inside the graph. \`${signatureNames.numbers}\` takes the numbers of “From columns to
numbers”. A missing value that no transform fills makes the row’s answer NaN.`
    : `Both signatures, \`${signatureNames.columns}\` and \`${signatureNames.numbers}\`, take the numbers of “From columns to numbers”: ${notInGraph
        .map((name) => `\`${name}\``)
        .join(', ')} can not stand in TensorFlow’s graph.`
  return {
    software: 'TensorFlow',
    files: [
      {
        names: '`saved_model/`',
        holds: `a SavedModel of one graph, with the weights in it, for any number of rows${isInGraph ? '; the preprocessing is inside' : ''}`,
      },
    ],
    usage: `In Python (\`pip install tensorflow\`), as \`ask.py\` in this folder:

${block('python', `import tensorflow as tf\n\n${given}\nprint(${outputs.map((name) => `answers["${name}"].numpy()`).join(', ')})`)}

${said}${signature.classes.length > 0 ? ' `label` is the answered class as text.' : ''}

TensorFlow Serving takes the folder \`saved_model\` as a version: copy it to \`models/<name>/1\`.`,
  }
}

/** One row of columns as keyword arguments. */
const columnsInPython = (signature: Signature, names: readonly string[]): string => {
  const example = exampleInstance(signature)
  return signature.inputs
    .map(({ name, type }, at) => {
      const value = example[name]
      const kind = kindOfType(type)
      const dtype = kind === 'text' ? 'tf.string' : kind === 'tensor' ? 'tf.float32' : 'tf.float64'
      const number = type === 'date' ? Date.parse(String(value)) : Number(value)
      const literal = JSON.stringify(kind === 'numeric' ? number : value)
      return `    "${names[at]}": tf.constant([${literal}], ${dtype}),`
    })
    .join('\n')
}
