/** What a reading function gives where it does not know the text for certain. */
export const UNKNOWN = -1

/** Below it every whole number is a double. */
const exactBelow = 2 ** 53
/** Powers of ten that are doubles without rounding. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => 10 ** power)
/** Larger exponents are no matter of speed. */
const exponentDigits = 3

/**
 * Reads one number of JSON (RFC 8259, section 6) to the same double as `JSON.parse`. Where digits and power of ten
 * are both doubles, one division or product rounds correctly (Clinger, How to read floating point numbers accurately,
 * 1990); all others are left to `Number`.
 *
 * @param start of the number in the bytes
 * @param target where the number goes: `numbers[index]`
 * @returns the index behind it; UNKNOWN for what is no number, or one that no double holds
 */
export function readJsonNumber(
  bytes: Buffer,
  start: number,
  target: { numbers: Float64Array; index: number },
): number {
  let at = start
  const isNegative = bytes[at] === 0x2d
  if (isNegative) at++
  const first = at
  let mantissa = 0
  let digit = (bytes[at] as number) - 0x30
  while (digit >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit
    digit = (bytes[++at] as number) - 0x30
  }
  if (at === first || (bytes[first] === 0x30 && at > first + 1)) return UNKNOWN
  let power = 0
  if (bytes[at] === 0x2e) {
    const point = at
    digit = (bytes[++at] as number) - 0x30
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digit = (bytes[++at] as number) - 0x30
    }
    power = point + 1 - at
    if (power === 0) return UNKNOWN
  }
  if (((bytes[at] as number) | 0x20) === 0x65) {
    const sign = bytes[++at]
    if (sign === 0x2b || sign === 0x2d) at++
    const firstOfExponent = at
    let exponent = 0
    digit = (bytes[at] as number) - 0x30
    while (digit >= 0 && digit <= 9) {
      exponent = exponent * 10 + digit
      digit = (bytes[++at] as number) - 0x30
    }
    const length = at - firstOfExponent
    if (length === 0 || length > exponentDigits) return UNKNOWN
    power += sign === 0x2d ? -exponent : exponent
  }
  let value: number
  if (mantissa < exactBelow && power >= -22 && power <= 22) {
    if (power < 0) value = mantissa / (powersOfTen[-power] as number)
    else value = mantissa * (powersOfTen[power] as number)
  } else {
    value = Number(bytes.toString('latin1', first, at))
    if (value === Number.POSITIVE_INFINITY) return UNKNOWN
  }
  target.numbers[target.index] = isNegative ? -value : value
  return at
}
