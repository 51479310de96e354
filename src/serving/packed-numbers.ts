/** Types that numbers travel and are kept in, by their code; each holds all values of those behind it. */
const types = [Float64Array, Float32Array, Int16Array, Uint8Array] as const

/** Codes of {@link types}; those that are stored say the same forever. */
const [float64, float32, int16, uint8] = [0, 1, 2, 3] as const

/** @returns the code of the smallest type that holds all numbers exactly: pixels and counts take an eighth of their doubles */
export function packedType(numbers: Float64Array): number {
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
  numbers: Float64Array,
  { code, bytes, at }: { code: number; bytes: Uint8Array; at: number },
): number {
  // An array for each message would be more work for the collector than the copy.
  if (code === uint8) bytes.set(numbers, at)
  else if (code === float64) bytes.set(bytesOf(numbers), at)
  else bytes.set(bytesOf(new (types[code] as typeof Float32Array)(numbers)), at)
  return at + numbers.length * packedBytes(code)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** @param bytes as {@link writePacked} wrote them, at any place of memory */
export function unpackNumbers(bytes: Uint8Array, code: number): Float64Array {
  if (code === uint8) return new Float64Array(bytes)
  const type = types[code] ?? Float64Array
  // A copy, since the first byte may stand anywhere.
  const packed = new (type as typeof Float64Array)(new Uint8Array(bytes).buffer)
  return code === float64 ? packed : new Float64Array(packed)
}
