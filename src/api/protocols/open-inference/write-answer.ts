import type { Deployed } from '../../../serving/deployments.js'
import type { Signature } from '../../../serving/signature.js'
import type { Answers } from '../answers.js'
import { floatBytes, textBytes, textElement } from '../tensors/binary-data.js'
import type { InferRequest, WantedOutput } from './read-request.js'

export interface InferAnswer {
  readonly body: Buffer
  /** Bytes of the JSON in front of the tensors; null when the whole body is JSON. */
  readonly jsonBytes: number | null
}

/** One output: in JSON its values, in binary their bytes. */
interface Output {
  readonly datatype: 'BYTES' | 'FP32'
  readonly shape: readonly number[]
  data(): readonly (string | number)[]
  bytes(): Buffer
}

/** Writes the outputs that were asked for: as JSON, and those that are to be binary behind it in their order. */
export function writeInferAnswer(
  answers: Answers,
  { request, deployed }: { request: InferRequest; deployed: Deployed },
): InferAnswer {
  const blobs: Buffer[] = []
  // Not by JSON.stringify, which takes longer than all else here: nothing but data needs it.
  const outputs = request.outputs.map((wanted) => {
    const output = outputOf(wanted, answers, deployed.signature)
    const head = `{"name":"${wanted.name}","datatype":"${output.datatype}","shape":[${output.shape.join(',')}]`
    if (!wanted.isBinary) return `${head},"data":${JSON.stringify(output.data())}}`
    const bytes = output.bytes()
    blobs.push(bytes)
    return `${head},"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`
  const text = `{"model_name":"${deployed.model}","model_version":"${deployed.version}",${id}"outputs":[${outputs.join(',')}]}`
  if (blobs.length === 0) return { body: Buffer.from(text), jsonBytes: null }
  const jsonBytes = Buffer.byteLength(text)
  const body = Buffer.allocUnsafe(blobs.reduce((sum, { length }) => sum + length, jsonBytes))
  let at = body.write(text)
  for (const blob of blobs) {
    body.set(blob, at)
    at += blob.length
  }
  return { body, jsonBytes }
}

function outputOf({ name, best }: WantedOutput, answers: Answers, signature: Signature): Output {
  const { outputs, chosen } = answers
  const rows = chosen?.length ?? outputs.length
  if (name === 'label') return labels(chosen ?? new Int32Array(0), labelsOf(signature))
  if (name === 'probabilities' && best !== null) {
    return bestClasses(outputs, { rows, best, classes: labelsOf(signature).texts })
  }
  return {
    datatype: 'FP32',
    shape: name === 'value' ? [rows] : [rows, signature.classes.length],
    data: () => Array.from(outputs),
    bytes: () => floatBytes(outputs),
  }
}

interface Labels {
  readonly texts: readonly string[]
  /** Each as an element of BYTES. */
  readonly elements: readonly Buffer[]
}

const known = new WeakMap<Signature, Labels>()

function labelsOf(signature: Signature): Labels {
  const found = known.get(signature)
  if (found) return found
  const texts = signature.classes.map(String)
  const made = { texts, elements: texts.map(textElement) }
  known.set(signature, made)
  return made
}

function labels(chosen: Int32Array, { texts, elements }: Labels): Output {
  return {
    datatype: 'BYTES',
    shape: [chosen.length],
    data: () => Array.from(chosen, (unit) => texts[unit] as string),
    bytes: () => Buffer.concat(Array.from(chosen, (unit) => elements[unit] as Buffer)),
  }
}

/** "score:index:label", the highest scores of each row first. */
function bestClasses(
  outputs: Answers['outputs'],
  { rows, best, classes }: { rows: number; best: number; classes: readonly string[] },
): Output {
  const { length: units } = classes
  const count = Math.min(best, units)
  const data = Array.from({ length: rows }, (_, row) =>
    Array.from(outputs.subarray(row * units, (row + 1) * units), (score, index) => ({ score, index }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, count)
      .map(({ score, index }) => `${score}:${index}:${classes[index]}`),
  ).flat()
  return { datatype: 'BYTES', shape: [rows, count], data: () => data, bytes: () => textBytes(data) }
}
