import { endianness } from 'node:os'
import { refusalOf } from '../refusal.js'
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
): Float64Array {
  if (datatype === 'FP32' && isLittleEndian) return new Float64Array(floatsOf(bytes, count))
  const { read, bytes: size } = numberType(datatype)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float64Array(count)
  for (let index = 0; index < count; index++) values[index] = read(view, index * size)
  return values
}

const isLittleEndian = endianness() === 'LE'

/** Larger tensors are rare, and pay for memory of their own. */
const scratch = new Uint8Array(256 * 1024)

/** A tensor may begin at any byte of the body: a view on a copy, good until the next call where it is small. */
function floatsOf(bytes: Buffer, count: number): Float32Array {
  if (bytes.byteOffset % 4 === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count)
  if (bytes.length > scratch.length) return new Float32Array(new Uint8Array(bytes).buffer)
  scratch.set(bytes)
  return new Float32Array(scratch.buffer, 0, count)
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
export function floatBytes(values: readonly number[]): Buffer {
  if (isLittleEndian) return Buffer.from(Float32Array.from(values).buffer)
  const bytes = Buffer.allocUnsafe(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes
}

/** Texts as BYTES. */
export function textBytes(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.allocUnsafe(4)
      const bytes = Buffer.from(text)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}
