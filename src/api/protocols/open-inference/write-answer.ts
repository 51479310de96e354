import type { Prediction } from '../../../contracts/task.js'
import type { Deployed } from '../../../serving/deployments.js'
import { floatBytes, textBytes } from '../tensors/binary-data.js'
import type { InferRequest, WantedOutput } from './read-request.js'

export interface InferAnswer {
  readonly body: Buffer
  /** Bytes of the JSON in front of the tensors; null when the whole body is JSON. */
  readonly jsonBytes: number | null
}

type Values =
  | { readonly datatype: 'BYTES'; readonly shape: readonly number[]; readonly data: readonly string[] }
  | { readonly datatype: 'FP32'; readonly shape: readonly number[]; readonly data: readonly number[] }

/** Writes the outputs that were asked for: as JSON, and those that are to be binary behind it in their order. */
export function writeInferAnswer(
  predictions: readonly Prediction[],
  { request, deployed }: { request: InferRequest; deployed: Deployed },
): InferAnswer {
  const blobs: Buffer[] = []
  const outputs = request.outputs.map((wanted) => {
    const { datatype, shape, data } = valuesOf(wanted, predictions, deployed)
    if (!wanted.isBinary) return { name: wanted.name, datatype, shape, data }
    const bytes = datatype === 'BYTES' ? textBytes(data) : floatBytes(data)
    blobs.push(bytes)
    return { name: wanted.name, datatype, shape, parameters: { binary_data_size: bytes.length } }
  })
  const json = Buffer.from(
    JSON.stringify({
      model_name: deployed.model,
      model_version: String(deployed.version),
      ...(request.id === undefined ? {} : { id: request.id }),
      outputs,
    }),
  )
  return blobs.length === 0
    ? { body: json, jsonBytes: null }
    : { body: Buffer.concat([json, ...blobs]), jsonBytes: json.length }
}

function valuesOf(
  { name, best }: WantedOutput,
  predictions: readonly Prediction[],
  { signature }: Deployed,
): Values {
  const rows = predictions.length
  if (name === 'value') {
    const data = predictions.map((prediction) => ('value' in prediction ? prediction.value : Number.NaN))
    return { datatype: 'FP32', shape: [rows], data }
  }
  if (name === 'label') {
    const data = predictions.map((prediction) => ('label' in prediction ? String(prediction.label) : ''))
    return { datatype: 'BYTES', shape: [rows], data }
  }
  const classes = signature.classes.map(String)
  const probabilities = predictions.map((prediction) =>
    'probabilities' in prediction ? classes.map((label) => prediction.probabilities[label] ?? 0) : [],
  )
  if (best === null) return { datatype: 'FP32', shape: [rows, classes.length], data: probabilities.flat() }
  const count = Math.min(best, classes.length)
  const data = probabilities.flatMap((row) => bestClasses(row, classes).slice(0, count))
  return { datatype: 'BYTES', shape: [rows, count], data }
}

/** "score:index:label", the highest score first. */
const bestClasses = (probabilities: readonly number[], classes: readonly string[]): string[] =>
  probabilities
    .map((score, index) => ({ score, index }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ score, index }) => `${score}:${index}:${classes[index]}`)
