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

/** @returns the same numbers as bytes, where all of them are whole and between 0 and 255; else null */
export function asBytes(numbers: Float32Array): Uint8Array | null {
  const bits = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length)
  // Not zeroed: most of what is asked for is written.
  const bytes = Buffer.allocUnsafe(numbers.length)
  let signs = 0
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at] as number
    if ((value & 0xff) !== value) return null
    signs |= bits[at] as number
    bytes[at] = value
  }
  // Of those that are left −0 alone has one.
  return signs < 0 ? null : bytes
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
