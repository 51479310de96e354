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

/** A float of 32 bits. */
export function float(field: number, value: number): Pieces {
  const encoded = Buffer.alloc(4)
  encoded.writeFloatLE(value)
  return [varint((field << 3) | FIXED32), encoded]
}

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

/** A field of a message: varints as the signed integer of 64 bits, all else (text, messages, floats) as bytes. */
interface Field {
  readonly field: number
  readonly value: number | Uint8Array
}

/** The length-delimited fields of a message, in their order; fields of other kinds are passed over. */
export function* messageFields(encoded: Uint8Array): Generator<{ field: number; value: Uint8Array }> {
  for (const { field, value, kind } of fields(encoded)) {
    if (kind === LENGTH) yield { field, value: value as Uint8Array }
  }
}

/** All fields of a message, in their order. @throws TypeError when it is none */
export function* fields(encoded: Uint8Array): Generator<Field & { kind: number }> {
  let at = 0
  const next = (): number => {
    const { value, end } = readVarint(encoded, at)
    at = end
    return value
  }
  while (at < encoded.length) {
    const key = next()
    const [field, kind] = [key >>> 3, key & 7]
    if (kind === VARINT) yield { field, kind, value: next() }
    else if (kind === FIXED32 || kind === LENGTH) {
      const length = kind === LENGTH ? next() : 4
      if (length < 0 || at + length > encoded.length) throw new TypeError('A protobuf message ends too soon')
      yield { field, kind, value: encoded.subarray(at, at + length) }
      at += length
    } else throw new TypeError(`A protobuf field of kind ${kind} is not expected here`)
  }
}

/** The integers of a packed field. */
export function* packedValues(encoded: Uint8Array): Generator<number> {
  for (let at = 0; at < encoded.length; ) {
    const { value, end } = readVarint(encoded, at)
    yield value
    at = end
  }
}

/** 64 bits in sevens. */
const MAX_VARINT_BYTES = 10

function readVarint(encoded: Uint8Array, start: number): { value: number; end: number } {
  let value = 0n
  let end = start
  let byte: number
  do {
    if (end - start === MAX_VARINT_BYTES) throw new TypeError('A protobuf integer is too long')
    byte = encoded[end] as number
    value |= BigInt(byte & 127) << BigInt(7 * (end - start))
    end++
  } while (byte > 127)
  return { value: Number(BigInt.asIntN(64, value)), end }
}
