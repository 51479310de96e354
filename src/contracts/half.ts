/** A number out of the bits of an IEEE 754 half float: 1 sign, 5 exponent, 10 fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Bits of the float32 numbers 2^16, beyond the largest half, and 2^-14, the smallest half with a full fraction. */
const BEYOND = 0x47800000
const SMALLEST_FULL = 0x38800000

/** The nearest halves, ties to even (IEEE 754, 4.3.1); numbers from 65,520 on become infinite. */
export function toHalves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  return Uint16Array.from(bits, (each, at) => {
    const sign = (each >>> 16) & 0x8000
    const magnitude = each & 0x7fffffff
    if (magnitude >= BEYOND) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
    if (magnitude < SMALLEST_FULL) return sign | rounded(Math.abs(values[at] as number) * 2 ** 24)
    const rebased = magnitude - (SMALLEST_FULL - 0x00800000)
    return sign | ((rebased + 0x0fff + ((rebased >>> 13) & 1)) >>> 13)
  })
}

export const fromHalves = (halves: Uint16Array): Float32Array => Float32Array.from(halves, halfToNumber)

/** To the nearest integer, ties to even. */
function rounded(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
}
