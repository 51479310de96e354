import type { FlywheelError } from '../../../contracts/errors.js'
import { refusal, refusalOf } from '../../../contracts/errors.js'
import { type DataType, isNumberType, numberType, type Tensor } from './data-types.js'

/**
 * Reads `data` of a tensor in JSON: row-major, flat or nested as its shape says.
 *
 * @throws FlywheelError request-invalid for a wrong count of elements, or one that the type does not hold
 */
export function valuesOfJson(
  data: unknown,
  { shape, datatype, path }: Pick<Tensor, 'shape' | 'datatype' | 'path'>,
): Tensor['values'] {
  if (isNumberType(datatype) && numberType(datatype).isBinaryOnly) {
    throw refusalOf(`${path}.data`, `${datatype} as binary data: JSON has no form for it`, 'data in JSON')
  }
  const elements = flattened(data, shape, `${path}.data`)
  return datatype === 'BYTES' ? texts(elements, `${path}.data`) : numbers(elements, datatype, `${path}.data`)
}

function flattened(data: unknown, shape: readonly number[], path: string): readonly unknown[] {
  const [length, ...inner] = shape as [number, ...number[]]
  const count = shape.reduce((product, size) => product * size, 1)
  if (!Array.isArray(data)) throw refusal(path, `a list of ${count} elements`, data)
  if (inner.length > 0 && Array.isArray(data[0])) {
    if (data.length !== length) throw miscounted(path, length, data.length)
    return data.flatMap((part, index) => flattened(part, inner, `${path}[${index}]`))
  }
  if (data.length !== count) throw miscounted(path, count, data.length)
  return data
}

const miscounted = (path: string, expected: number, received: number): FlywheelError =>
  refusalOf(path, `${expected} elements, as the shape says`, `${received}`)

function numbers(
  elements: readonly unknown[],
  datatype: Exclude<DataType, 'BYTES'>,
  path: string,
): Float64Array {
  const values = new Float64Array(elements.length)
  const [read, expected] = elementReader(datatype)
  for (let index = 0; index < values.length; index++) {
    const value = read(elements[index])
    if (value === undefined) throw refusal(`${path}[${index}]`, expected, elements[index])
    values[index] = value
  }
  return values
}

type ReadElement = (element: unknown) => number | undefined

function elementReader(datatype: Exclude<DataType, 'BYTES'>): [ReadElement, string] {
  if (datatype === 'BOOL') return [readBoolean, 'true or false']
  const { range } = numberType(datatype)
  if (range === undefined) return [readFloat, `a number, as ${datatype} holds it`]
  const [least, most] = range
  return [
    (element) =>
      Number.isInteger(element) && (element as number) >= least && (element as number) <= most
        ? (element as number)
        : undefined,
    `a whole number, as ${datatype} holds it`,
  ]
}

const readBoolean: ReadElement = (element) => (typeof element === 'boolean' ? Number(element) : undefined)

/** NaN comes as null out of the parser. */
const readFloat: ReadElement = (element) =>
  typeof element === 'number' ? element : element === null ? Number.NaN : undefined

function texts(elements: readonly unknown[], path: string): readonly (string | null)[] {
  for (const [index, element] of elements.entries()) {
    if (typeof element !== 'string' && element !== null) {
      throw refusal(`${path}[${index}]`, 'a text, as BYTES are in JSON', element)
    }
  }
  return elements as readonly (string | null)[]
}
