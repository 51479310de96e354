/** A tensor of a safetensors file. */
export interface SafeTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32'
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array
}

const dtypes = { float32: 'F32', int32: 'I32' } as const
const lengthBytes = 8
/** Data begin where any number type may begin. */
const alignment = 8
const METADATA = '__metadata__'

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/**
 * Tensors as one safetensors file (github.com/huggingface/safetensors, "Format"): the header's length, the header as
 * JSON, and the data without gaps.
 *
 * @param metadata texts by key
 * @throws TypeError where two tensors have one name
 */
export function encodeSafetensors(
  tensors: readonly SafeTensor[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let at = 0
  const entries = tensors.map(({ name, dtype, shape, bytes }): [string, Entry] => {
    const start = at
    at += bytes.byteLength
    return [name, { dtype: dtypes[dtype], shape, data_offsets: [start, at] }]
  })
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) < i)
  if (twice) throw new TypeError(`two tensors are named ${twice[0]}`)
  const header = Buffer.from(JSON.stringify({ [METADATA]: metadata, ...Object.fromEntries(entries) }))
  const padded = Math.ceil(header.length / alignment) * alignment
  const head = Buffer.alloc(lengthBytes + padded, ' ')
  head.writeBigUInt64LE(BigInt(padded))
  header.copy(head, lengthBytes)
  return Buffer.concat([head, ...tensors.map(({ bytes }) => bytes)])
}

/** @throws TypeError when the bytes are no safetensors file of float32 and int32 */
export function decodeSafetensors(file: Uint8Array): {
  tensors: SafeTensor[]
  metadata: Readonly<Record<string, string>>
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = file.byteLength < lengthBytes ? 0n : view.getBigUint64(0, true)
  const start = lengthBytes + Number(length)
  if (length === 0n || start > file.byteLength) throw new TypeError('the file ends within its header')
  const { [METADATA]: metadata = {}, ...entries } = JSON.parse(
    Buffer.from(file.subarray(lengthBytes, start)).toString(),
  ) as Record<string, unknown>
  const tensors = Object.entries(entries as Record<string, Entry>).map(([name, entry]): SafeTensor => {
    const { dtype: code, shape, data_offsets: offsets } = entry
    const dtype = code === dtypes.float32 ? 'float32' : code === dtypes.int32 ? 'int32' : null
    if (dtype === null) throw new TypeError(`${name}: expected F32 or I32, received ${code}`)
    const bytes = file.slice(start + offsets[0], start + offsets[1])
    const expected = 4 * shape.reduce((product, size) => product * size, 1)
    if (bytes.byteLength !== expected) {
      throw new TypeError(`${name}: expected ${expected} bytes, received ${bytes.byteLength}`)
    }
    return { name, dtype, shape, bytes }
  })
  return { tensors, metadata: metadata as Record<string, string> }
}
