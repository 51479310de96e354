/** An encoded message in pieces, so that large values are copied once, at the end. */
export type Pieces = readonly Uint8Array[]

const VARINT = 0
const LENGTH = 2
const FIXED32 = 5

/** An integer field; negative numbers take ten bytes, as protobuf has it. */
export const integer = (field: number, value: number): Pieces => [
  varint((field << 3) | VARINT),
  varint(value),
]

export const bytes = (field: number, value: Uint8Array): Pieces => message(field, [value])

export const text = (field: number, value: string): Pieces => bytes(field, Buffer.from(value))

export const message = (field: number, content: Pieces): Pieces => [
  varint((field << 3) | LENGTH),
  varint(content.reduce((sum, piece) => sum + piece.length, 0)),
  ...content,
]

export const packedIntegers = (field: number, values: readonly number[]): Pieces =>
  message(field, values.map(varint))

const oneByte = Array.from({ length: 128 }, (_, value) => Uint8Array.of(value))

function varint(value: number): Uint8Array {
  const short = oneByte[value]
  if (short !== undefined) return short
  const encoded: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    encoded.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  encoded.push(Number(rest))
  return Uint8Array.from(encoded)
}

/** The length-delimited fields of a message, in their order; fields of other kinds are passed over. */
export function* messageFields(encoded: Uint8Array): Generator<{ field: number; value: Uint8Array }> {
  let at = 0
  const next = (): number => {
    let value = 0
    let scale = 1
    let byte: number
    do {
      byte = encoded[at++] as number
      value += (byte & 127) * scale
      scale *= 128
    } while (byte > 127)
    return value
  }
  while (at < encoded.length) {
    const key = next()
    const kind = key & 7
    if (kind === VARINT) next()
    else if (kind === FIXED32) at += 4
    else if (kind === LENGTH) {
      const length = next()
      yield { field: key >>> 3, value: encoded.subarray(at, at + length) }
      at += length
    } else throw new TypeError(`A protobuf field of kind ${kind} is not expected here`)
  }
}
