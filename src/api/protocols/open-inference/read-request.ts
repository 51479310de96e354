import { refusal, refusalOf } from '../../../contracts/errors.js'
import type { Deployed } from '../../../serving/deployments.js'
import { objectAt } from '../is-object.js'
import { sizeOf, valuesOfBytes } from '../tensors/binary-data.js'
import { type DataType, dataTypes, type Tensor } from '../tensors/data-types.js'
import { valuesOfJson } from '../tensors/json-data.js'
import { type ModelTensors, type TensorSpecification, tensorsOf } from '../tensors/model-tensors.js'
import { parseTolerantJson } from '../tolerant-json.js'

export interface InferRequest {
  readonly id?: string | undefined
  /** Undefined where the client sets none. */
  readonly timeoutMs?: number | undefined
  readonly inputs: readonly Tensor[]
  /** In the order in which they were asked for; all of the model's where none was. */
  readonly outputs: readonly WantedOutput[]
}

export interface WantedOutput {
  readonly name: string
  readonly isBinary: boolean
  /** As Triton's classification extension: only so many of the best classes, as texts; null for the values. */
  readonly best: number | null
}

/** What a request is read in terms of. */
interface InferContext {
  /** `Inference-Header-Content-Length`; undefined when the whole body is JSON. */
  readonly header: string | undefined
  /** The version that answers. */
  readonly deployed: Deployed
}

/** What this service has no meaning for: accepted, it would change nothing. */
const unsupported = ['sequence_id', 'sequence_start', 'sequence_end', 'priority']
/** No request is worked on longer, whatever its client allows. */
const LONGEST_TIMEOUT_MS = 30_000
const tensorMembers = ['name', 'datatype', 'shape', 'data', 'parameters']
/** KServe's client repeats the path's model. */
const members = ['model_name', 'model_version', 'id', 'parameters', 'inputs', 'outputs']

/**
 * Reads an inference request: JSON, or JSON with the tensors' bytes behind it.
 *
 * @throws FlywheelError in words that name the place
 */
export function readInferRequest(body: Buffer, { header, deployed }: InferContext): InferRequest {
  const jsonBytes = header === undefined ? body.length : lengthOf(header, body)
  const tensors = tensorsOf(deployed.signature)
  if (jsonBytes === 0 && body.length > 0) return rawRequest(body, tensors)
  const { id, timeoutMs, inputs, outputs } = headOf(body.subarray(0, jsonBytes), deployed)
  return { id, timeoutMs, inputs: withBytes(inputs, body.subarray(jsonBytes)), outputs }
}

/** The JSON of a request: tensors that came in binary are without their values. */
interface Head extends Omit<InferRequest, 'inputs'> {
  readonly inputs: readonly Input[]
}
type Input = Tensor | BinaryInput
interface BinaryInput extends Omit<Tensor, 'values'> {
  readonly sizeBytes: number
}

const headsKept = 64
const longestKept = 4_096
const known = new WeakMap<Deployed, Map<string, Head>>()

/** Clients with binary tensors send the same JSON again and again: it is read once. */
function headOf(json: Buffer, deployed: Deployed): Head {
  if (json.length > longestKept) return readHead(json, deployed)
  const heads = known.get(deployed) ?? new Map<string, Head>()
  known.set(deployed, heads)
  const text = json.toString('latin1')
  const found = heads.get(text)
  if (found) return found
  const head = readHead(json, deployed)
  // Ids differ, and values in JSON do.
  if (head.id === undefined && head.inputs.every(isBinary)) {
    heads.set(text, head)
    const [oldest] = heads.keys()
    if (heads.size > headsKept && oldest !== undefined) heads.delete(oldest)
  }
  return head
}

const isBinary = (input: Input): input is BinaryInput => 'sizeBytes' in input

function readHead(json: Buffer, { model, version, signature }: Deployed): Head {
  const tensors = tensorsOf(signature)
  const request = objectAt(parseTolerantJson(json), 'the body')
  const other = Object.keys(request).find((name) => !members.includes(name))
  if (other !== undefined) throw refusal(other, 'no such member', request[other])
  const { id, inputs, outputs, model_name: named = model } = request
  if (named !== model) throw refusal('model_name', `${model}, as the path names it`, named)
  checkVersion(request.model_version, version)
  if (id !== undefined && typeof id !== 'string') throw refusal('id', 'a text', id)
  const parameters = parametersOf(request, 'parameters')
  const refused = unsupported.find((name) => name in parameters)
  if (refused !== undefined)
    throw refusal(`parameters.${refused}`, 'nothing: it is not supported', parameters[refused])
  return {
    id,
    timeoutMs: timeoutOf(parameters.timeout),
    inputs: readInputs(inputs),
    outputs: readOutputs(outputs, tensors, flag(parameters, 'binary_data_output', 'parameters') ?? false),
  }
}

/** KServe's client may leave it empty. */
function checkVersion(named: unknown, version: number): void {
  if (named === undefined || named === null || named === '' || named === String(version)) return
  throw refusal('model_version', `"${version}", as the path names it`, named)
}

/** Triton's `timeout` is in microseconds; 0 for none. */
function timeoutOf(value: unknown): number | undefined {
  if (value === undefined || value === 0) return undefined
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw refusal('parameters.timeout', 'a whole number of microseconds', value)
  return Math.min((value as number) / 1_000, LONGEST_TIMEOUT_MS)
}

function lengthOf(header: string, { length }: Buffer): number {
  const value = /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN
  if (value <= length) return value
  const path = 'header.inference-header-content-length'
  throw refusal(path, `a whole number of at most ${length}, the bytes of the body`, header)
}

/** A body that is one tensor's bytes and nothing else; a single element where the input is BYTES. */
function rawRequest(bytes: Buffer, { inputs, outputs }: ModelTensors): InferRequest {
  const [input] = inputs
  if (input === undefined || inputs.length > 1) {
    throw refusalOf('the body', 'JSON in front, as the model has several inputs', 'bytes alone')
  }
  const tensor = rawTensor(bytes, input)
  return {
    inputs: [tensor],
    outputs: outputs.map(({ name }) => ({ name, isBinary: true, best: null })),
  }
}

function rawTensor(bytes: Buffer, { name, datatype, shape }: TensorSpecification): Tensor {
  const path = 'the body'
  if (datatype === 'BYTES') return { name, datatype, shape: [1], values: [bytes], path }
  const rowBytes = (shape[1] ?? 1) * sizeOf(datatype)
  if (bytes.length % rowBytes !== 0) {
    throw refusalOf(path, `a multiple of ${rowBytes} bytes, as a row has`, `${bytes.length} bytes`)
  }
  const form = { name, datatype, shape: [bytes.length / rowBytes, ...shape.slice(1)], path }
  return { ...form, values: valuesOfBytes(bytes, form) }
}

function readInputs(inputs: unknown): Input[] {
  if (!Array.isArray(inputs) || inputs.length === 0) throw refusal('inputs', 'a list of tensors', inputs)
  return inputs.map((given: unknown, index): Input => {
    const path = `inputs[${index}]`
    const tensor = objectAt(given, path)
    const { name, datatype, shape, data } = tensor
    const parameters = parametersOf(tensor, `${path}.parameters`)
    const other = Object.keys(tensor).find((member) => !tensorMembers.includes(member))
    if (other !== undefined) throw refusal(`${path}.${other}`, 'no such member', tensor[other])
    if (typeof name !== 'string') throw refusal(`${path}.name`, 'a text', name)
    const form = { name, datatype: dataTypeOf(datatype, path), shape: shapeOf(shape, path), path }
    const size = parameters.binary_data_size
    if (size === undefined) return { ...form, values: valuesOfJson(data, form) }
    if (data !== undefined) throw refusalOf(`${path}.data`, 'no data beside binary_data_size', 'both')
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw refusal(sizePath(path), 'a count of bytes', size)
    return { ...form, sizeBytes: size as number }
  })
}

const sizePath = (path: string): string => `${path}.parameters.binary_data_size`

/** Gives the tensors that came in binary their values, in their order. */
function withBytes(inputs: readonly Input[], binary: Buffer): Tensor[] {
  let at = 0
  const tensors = inputs.map((input): Tensor => {
    if (!isBinary(input)) return input
    const { name, datatype, shape, path, sizeBytes } = input
    const left = binary.length - at
    if (sizeBytes > left) {
      throw refusalOf(sizePath(path), `at most the ${left} bytes that are left of the body`, `${sizeBytes}`)
    }
    const values = valuesOfBytes(binary.subarray(at, at + sizeBytes), input)
    at += sizeBytes
    return { name, datatype, shape, path, values }
  })
  if (at < binary.length) {
    throw refusalOf('the body', `${at} bytes behind the JSON, as its inputs say`, `${binary.length} bytes`)
  }
  return tensors
}

function dataTypeOf(datatype: unknown, path: string): DataType {
  const found = dataTypes.find((type) => type === datatype)
  if (found === undefined) throw refusal(`${path}.datatype`, `one of ${dataTypes.join(', ')}`, datatype)
  return found
}

function shapeOf(shape: unknown, path: string): number[] {
  const isShape =
    Array.isArray(shape) &&
    shape.length > 0 &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 1) &&
    Number.isSafeInteger(shape.reduce((product, size) => product * size, 8))
  if (!isShape) throw refusal(`${path}.shape`, 'a list of sizes of at least 1', shape)
  return shape
}

function readOutputs(outputs: unknown, tensors: ModelTensors, isBinaryByDefault: boolean): WantedOutput[] {
  const names = tensors.outputs.map(({ name }) => name)
  if (outputs === undefined || (Array.isArray(outputs) && outputs.length === 0)) {
    return names.map((name) => ({ name, isBinary: isBinaryByDefault, best: null }))
  }
  if (!Array.isArray(outputs)) throw refusal('outputs', 'a list of outputs', outputs)
  const wanted = outputs.map((given: unknown, index): WantedOutput => {
    const path = `outputs[${index}]`
    const output = objectAt(given, path)
    const { name } = output
    if (!names.some((known) => known === name))
      throw refusal(`${path}.name`, `one of ${names.join(', ')}`, name)
    const parameters = parametersOf(output, `${path}.parameters`)
    return {
      name: name as string,
      isBinary: flag(parameters, 'binary_data', `${path}.parameters`) ?? isBinaryByDefault,
      best: bestOf(parameters.classification, `${path}.parameters.classification`, name as string),
    }
  })
  const twice = wanted.findIndex(
    ({ name }, index) => wanted.findIndex((other) => other.name === name) < index,
  )
  if (twice >= 0)
    throw refusalOf(`outputs[${twice}].name`, 'each output once', `${wanted[twice]?.name} again`)
  return wanted
}

function bestOf(value: unknown, path: string, output: string): number | null {
  if (value === undefined) return null
  if (output !== 'probabilities') throw refusalOf(path, 'nothing but at probabilities', `it at ${output}`)
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw refusal(path, 'a count of classes', value)
  return value as number
}

function flag(parameters: Record<string, unknown>, name: string, path: string): boolean | undefined {
  const value = parameters[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw refusal(`${path}.${name}`, 'true or false', value)
}

const parametersOf = (from: Record<string, unknown>, path: string): Record<string, unknown> =>
  from.parameters === undefined ? {} : objectAt(from.parameters, path)
