import { endianness } from 'node:os'
import { refusalOf } from '../../../contracts/errors.js'
import { type DataType, numberType, type Tensor } from './data-types.js'

/**
 * Reads a tensor in the binary extension's form: little-endian, row-major; BOOL one byte each, BYTES each behind its
 * length (uint32). The count of bytes is compared with the shape before anything is made.
 *
 * @throws FlywheelError request-invalid when they do not fit each other
 */
export function valuesOfBytes(
  bytes: Buffer,
  { shape, datatype, path }: Pick<Tensor, 'shape' | 'datatype' | 'path'>,
): Tensor['values'] {
  const count = shape.reduce((product, size) => product * size, 1)
  if (datatype === 'BYTES') return elementsOf(bytes, count, path)
  const size = sizeOf(datatype)
  if (bytes.length !== count * size) {
    throw refusalOf(
      path,
      `${count * size} bytes of ${datatype}, as the shape [${shape}] says`,
      `${bytes.length} bytes`,
    )
  }
  return datatype === 'BOOL' ? booleansOf(bytes, path) : numbersOf(bytes, datatype, count)
}

/** Bytes of one element. */
export const sizeOf = (datatype: Exclude<DataType, 'BYTES'>): number =>
  datatype === 'BOOL' ? 1 : numberType(datatype).bytes

function numbersOf(
  bytes: Buffer,
  datatype: Exclude<DataType, 'BYTES' | 'BOOL'>,
  count: number,
): Float64Array | Float32Array {
  if (datatype === 'FP32' && isLittleEndian) return floatsOf(bytes, count)
  const { read, bytes: size } = numberType(datatype)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float64Array(count)
  for (let index = 0; index < count; index++) values[index] = read(view, index * size)
  return values
}

const isLittleEndian = endianness() === 'LE'

/** A tensor may begin at any byte of the body: a view on it where that can be looked at, else a copy. */
function floatsOf(bytes: Buffer, count: number): Float32Array {
  const isAligned = bytes.byteOffset % 4 === 0
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes)
  return new Float32Array(buffer as ArrayBuffer, byteOffset, count)
}

function booleansOf(bytes: Buffer, path: string): Float64Array {
  const wrong = bytes.findIndex((byte) => byte > 1)
  if (wrong >= 0) throw refusalOf(`${path}, element ${wrong}`, 'the byte 0 or 1', `${bytes[wrong]}`)
  return Float64Array.from(bytes)
}

function elementsOf(bytes: Buffer, count: number, path: string): readonly Buffer[] {
  const wrong = (received: string) => refusalOf(path, `${count} elements, each behind its length`, received)
  // Each element takes four bytes at least.
  if (count * 4 > bytes.length) throw wrong(`${bytes.length} bytes`)
  const elements: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw wrong(`a length that is cut after ${elements.length} elements`)
    const end = at + 4 + bytes.readUInt32LE(at)
    if (end > bytes.length) throw wrong(`an element that is cut after ${elements.length} elements`)
    elements.push(bytes.subarray(at + 4, end))
    at = end
  }
  if (elements.length !== count) throw wrong(`${elements.length} elements`)
  return elements
}

/** Numbers as FP32. */
export function floatBytes(values: Float32Array | Float64Array): Buffer {
  if (isLittleEndian) {
    const { buffer, byteOffset, byteLength } =
      values instanceof Float32Array ? values : new Float32Array(values)
    return Buffer.from(buffer, byteOffset, byteLength)
  }
  const bytes = Buffer.allocUnsafe(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes
}

/** Texts as BYTES: each behind its length (uint32). */
export function textBytes(texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map(textElement))
}

/** One element of BYTES. */
export function textElement(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(4 + length)
  bytes.writeUInt32LE(length)
  bytes.write(text, 4)
  return bytes
}
