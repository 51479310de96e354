import { isUtf8 } from 'node:buffer'
import type { ColumnType } from '../../../contracts/dataset.js'
import { FlywheelError, refusalOf } from '../../../contracts/errors.js'
import type { Deployed } from '../../../serving/deployments.js'
import { asBytes } from '../../../serving/packed-numbers.js'
import { noFiles, noTexts, type RowBatch } from '../../../serving/row-batch.js'
import type { Tensor } from './data-types.js'
import { type TensorSpecification, tensorsOf } from './model-tensors.js'

/**
 * The rows that a request's tensors stand for.
 *
 * @throws FlywheelError request-invalid or instances-invalid: an input that is unknown, missing or given twice; a type
 *   or shape that does not fit; a value that the column does not hold
 */
export function rowsOfTensors(tensors: readonly Tensor[], { signature, reader }: Deployed): RowBatch {
  const { inputs } = tensorsOf(signature)
  const [input, tensor] = [inputs[0], tensors[0]]
  if (tensors.length === 1 && tensor && input?.columns !== undefined && tensor.name === input.name) {
    checkForm({ input, tensor })
    return numberRows(tensor, tensor.shape[0] as number, input.columns)
  }
  const byName = named(tensors, inputs)
  const given = inputs.map((input) => ({ input, tensor: byName.get(input.name) as Tensor }))
  for (const pair of given) checkForm(pair)
  const rows = batchOf(given.map(({ tensor }) => tensor))
  const types = new Map(signature.inputs.map(({ name, type }) => [name, type]))
  const columns = given.map(({ input, tensor }) => ({
    name: input.name,
    valueAt: valueReader(tensor, types.get(input.name)),
  }))
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, valueAt }) => [name, valueAt(row)])),
  )
  return reader.readEach(instances, (row) => `row ${row}`, 'instances-invalid')
}

function named(tensors: readonly Tensor[], inputs: readonly TensorSpecification[]): Map<string, Tensor> {
  const names = inputs.map(({ name }) => name)
  const byName = new Map<string, Tensor>()
  for (const tensor of tensors) {
    const { name, path } = tensor
    if (!names.includes(name)) throw refusalOf(`${path}.name`, `one of ${names.join(', ')}`, name)
    if (byName.has(name)) throw refusalOf(`${path}.name`, 'each input once', `${name} again`)
    byName.set(name, tensor)
  }
  const missing = names.filter((name) => !byName.has(name))
  if (missing.length > 0)
    throw refusalOf('inputs', `the inputs ${names.join(', ')}`, `none for ${missing.join(', ')}`)
  return byName
}

/** Numbers of every type go where numbers or booleans are asked for. */
function checkForm({ input, tensor }: { input: TensorSpecification; tensor: Tensor }): void {
  const { datatype, shape, path } = tensor
  const isNumeric = datatype !== 'BYTES' && datatype !== 'BOOL'
  const fits = datatype === input.datatype || (isNumeric && input.datatype !== 'BYTES')
  if (!fits) throw refusalOf(`${path}.datatype`, `${input.datatype} for ${input.name}`, datatype)
  const wanted = input.shape.length === 1 ? [-1, 1] : input.shape
  const isFlat = shape.length === 1 && input.shape.length === 1
  if (isFlat || (shape.length === 2 && shape[1] === wanted[1])) return
  throw refusalOf(`${path}.shape`, `[${input.shape}] for ${input.name}`, `[${shape}]`)
}

function batchOf(tensors: readonly Tensor[]): number {
  const rows = tensors[0]?.shape[0] ?? 0
  const other = tensors.find(({ shape }) => shape[0] !== rows)
  if (other)
    throw refusalOf(`${other.path}.shape`, `${rows} rows, as ${tensors[0]?.name} has`, `${other.shape[0]}`)
  return rows
}

function numberRows({ values, path }: Tensor, rows: number, columns: readonly string[]): RowBatch {
  const given = values as Float64Array | Float32Array
  // A quarter of the bytes is less work for the predictor's socket than the check.
  const numbers = (given instanceof Float32Array ? asBytes(given) : null) ?? given
  if (numbers instanceof Uint8Array || !hasInfinity(numbers)) return { rows, numbers, ...noTexts, ...noFiles }
  const at = numbers.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY)
  const place = `${path}, row ${Math.floor(at / columns.length)}, ${columns[at % columns.length]}`
  throw refusalOf(place, 'a finite number, or NaN where it is missing', String(numbers[at]))
}

function hasInfinity(numbers: Float64Array | Float32Array): boolean {
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at] as number
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return true
  }
  return false
}

/** What stands in a row, as an instance has it. */
function valueReader(
  { values, shape, path }: Tensor,
  type: ColumnType | undefined,
): (row: number) => unknown {
  if (!ArrayBuffer.isView(values)) {
    return (row) => {
      const value = values[row] ?? null
      if (!Buffer.isBuffer(value)) return value
      if (type === 'image') return value.toString('base64')
      if (isUtf8(value)) return value.toString()
      throw new FlywheelError(
        'instances-invalid',
        `${path}, element ${row}: expected a text in UTF-8, received other bytes`,
      )
    }
  }
  const width = shape[1] ?? 1
  if (type === 'vector') return (row) => vectorAt(values.subarray(row * width, (row + 1) * width))
  return (row) => (Number.isNaN(values[row]) ? null : values[row])
}

/** A vector of which every number is missing is missing. */
const vectorAt = (values: Float64Array | Float32Array): number[] | null =>
  values.every((value: number) => Number.isNaN(value)) ? null : [...values]
