import { isUtf8 } from 'node:buffer'
import { refusal, refusalOf } from '../../../contracts/errors.js'
import type { Deployed } from '../../../serving/deployments.js'
import type { RowBatch } from '../../../serving/row-batch.js'
import type { Signature } from '../../../serving/signature.js'
import { isObject } from '../is-object.js'
import { tensorsOf } from '../tensors/model-tensors.js'

type Json = Record<string, unknown>

/**
 * Rows in TensorFlow Serving's and KServe's forms: objects of columns; where all features are numbers also
 * `{ "features": […] }` and lists in the order of the columns; where there is one feature its bare values. Bytes may
 * stand as `{ "b64": "…" }`.
 *
 * @throws FlywheelError request-invalid or instances-invalid, naming the place
 */
export function rowsOfInstances(given: unknown, { signature, reader }: Deployed, path: string): RowBatch {
  if (!Array.isArray(given) || given.length === 0) throw refusal(path, 'a list that is not empty', given)
  const instances = given.map((value: unknown, row) => instanceOf(value, signature, `${path}[${row}]`))
  return reader.readEach(instances, (row) => `${path}[${row}]`, 'instances-invalid')
}

/**
 * Rows of named columns, straight from a body that holds nothing but them.
 *
 * @param member the list's name in the body
 * @returns null where the body is anything else: then it is for the parser
 */
export function decodedRows(body: Buffer, { signature, decoder }: Deployed, member: string): RowBatch | null {
  const [first, second] = signature.inputs
  // Where it is the only column, { "b64": … } stands for its bytes.
  return first?.name === 'b64' && second === undefined ? null : decoder.decode(body, member)
}

/** Rows given by columns: lists of one length by name, or `features` as a list of lists. */
export function rowsOfColumns(given: Json, deployed: Deployed, path: string): RowBatch {
  const columns = Object.entries(given)
  const rows = Array.isArray(columns[0]?.[1]) ? columns[0][1].length : 0
  for (const [name, values] of columns) {
    if (!Array.isArray(values)) throw refusal(`${path}.${name}`, 'a list of values', values)
    if (values.length === rows) continue
    const expected = `${rows} values, as ${columns[0]?.[0]} has`
    throw refusalOf(`${path}.${name}`, expected, `${values.length}`)
  }
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, (values as unknown[])[row]])),
  )
  return rowsOfInstances(instances, deployed, path)
}

function instanceOf(value: unknown, signature: Signature, path: string): Json {
  const { inputs } = signature
  const [only] = inputs.length === 1 ? inputs : []
  const columns = tensorsOf(signature).inputs[0]?.columns
  const isList = Array.isArray(value)
  if (isObject(value) && !(only && isBytes(value))) {
    const isFeatures =
      columns !== undefined && !columns.includes('features') && Object.keys(value).join() === 'features'
    if (isFeatures) return instanceOf(value.features, signature, `${path}.features`)
    return withPlainValues(value, signature, path)
  }
  if (isList && columns !== undefined) {
    if (value.length !== columns.length) {
      throw refusalOf(path, `${columns.length} numbers, for ${shortList(columns)}`, `${value.length}`)
    }
    return Object.fromEntries(columns.map((name, at) => [name, value[at]]))
  }
  if (only) return withPlainValues({ [only.name]: value }, signature, path)
  throw refusal(path, `an object of columns${columns === undefined ? '' : ' or a list of numbers'}`, value)
}

const shortList = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')}, …` : names.join(', ')

/** Bytes as what the column takes, and `[value]` (a shape of [-1, 1]) as the value. */
function withPlainValues(instance: Json, { inputs }: Signature, path: string): Json {
  const entries = Object.entries(instance)
  if (!entries.some(([, value]) => typeof value === 'object' && value !== null)) return instance
  const types = new Map(inputs.map(({ name, type }) => [name, type]))
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const type = types.get(name)
      const isWrapped = Array.isArray(value) && value.length === 1 && type !== 'vector' && type !== 'list'
      const inner: unknown = isWrapped ? value[0] : value
      if (!isBytes(inner)) return [name, inner]
      return [name, type === 'image' ? inner.b64 : textOf(inner.b64, `${path}.${name}.b64`)]
    }),
  )
}

function textOf(base64: string, path: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(base64) && base64.length % 4 === 0
  if (!isBase64) throw refusal(path, 'base64', base64)
  if (!isUtf8(bytes)) throw refusalOf(path, 'a text in UTF-8', 'other bytes')
  return bytes.toString()
}

const isBytes = (value: unknown): value is { b64: string } =>
  isObject(value) && typeof value.b64 === 'string' && Object.keys(value).length === 1
