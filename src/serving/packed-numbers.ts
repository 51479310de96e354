/** Types that numbers travel and are kept in, by their code; each holds all values of those behind it. */
const types = [Float64Array, Float32Array, Int16Array, Uint8Array] as const

/** Codes of {@link types}; those that are stored say the same forever. */
const [float64, float32, int16, uint8] = [0, 1, 2, 3] as const

/** Numbers in the type that they came in. */
export type PackedNumbers = Float64Array | Float32Array | Int16Array | Uint8Array

/**
 * @returns the code of the smallest type that holds all numbers exactly: pixels and counts take an eighth of their
 *   doubles. Numbers that are no doubles stay as they are.
 */
export function packedType(numbers: PackedNumbers): number {
  if (!(numbers instanceof Float64Array)) return types.findIndex((type) => numbers instanceof type)
  let type: number = uint8
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at] as number
    if (type === uint8) {
      if ((value & 0xff) === value && !isNegativeZero(value)) continue
      type = int16
    }
    if (type === int16) {
      if ((value << 16) >> 16 === value && !isNegativeZero(value)) continue
      type = float32
    }
    // NaN, a missing value, stays one.
    if (Math.fround(value) !== value && !Number.isNaN(value)) return float64
  }
  return type
}

/** Bytes by the upper half of their float32, whose lower half is 0; −1 where no byte has it. */
const byteOf = new Int16Array(2 ** 16).fill(-1)
for (let byte = 0; byte < 256; byte++) byteOf[(bitsOf(Float32Array.of(byte))[0] as number) >>> 16] = byte

/** Looked at together, so that other numbers are soon found out. */
const bytesAtOnce = 256

/** @returns the same numbers as bytes, where all of them are whole and between 0 and 255, and none is −0; else null */
export function asBytes(numbers: Float32Array): Uint8Array | null {
  const bits = bitsOf(numbers)
  const bytes = Buffer.allocUnsafe(numbers.length)
  for (let from = 0; from < bits.length; from += bytesAtOnce) {
    const end = Math.min(from + bytesAtOnce, bits.length)
    let wrong = 0
    for (let at = from; at < end; at++) {
      const each = bits[at] as number
      const byte = byteOf[each >>> 16] as number
      wrong |= (each & 0xffff) | (byte & 0x8000)
      bytes[at] = byte
    }
    if (wrong !== 0) return null
  }
  return bytes
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length)
}

const isNegativeZero = (value: number): boolean => value === 0 && 1 / value < 0

/** Bytes of one number in a type. @throws RangeError when no type has this code */
export function packedBytes(code: number): number {
  const type = types[code]
  if (type === undefined) throw new RangeError(`numbers of a type ${code}`)
  return type.BYTES_PER_ELEMENT
}

/**
 * Writes numbers in a type that holds them.
 *
 * @returns the place behind them
 */
export function writePacked(
  numbers: PackedNumbers,
  { code, bytes, at }: { code: number; bytes: Uint8Array; at: number },
): number {
  // An array for each message would be more work for the collector than the copy.
  if (code === uint8) bytes.set(numbers, at)
  else if (numbers instanceof (types[code] as typeof Float64Array)) bytes.set(bytesOf(numbers), at)
  else bytes.set(bytesOf(new (types[code] as typeof Float64Array)(numbers)), at)
  return at + numbers.length * packedBytes(code)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: PackedNumbers): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/**
 * A view where the numbers stand at a place that their type can be looked at, else a copy.
 *
 * @param bytes as {@link writePacked} wrote them
 */
export function unpackNumbers(bytes: Uint8Array, code: number): PackedNumbers {
  const type = (types[code] ?? Float64Array) as typeof Float64Array
  const isAligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes)
  return new type(buffer as ArrayBuffer, byteOffset, bytes.byteLength / type.BYTES_PER_ELEMENT)
}
