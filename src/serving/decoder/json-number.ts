/** What a reading function gives where it does not know the text for certain. */
export const UNKNOWN = -1

/** Below it every whole number is a double. */
const exactBelow = 2 ** 53
/** Powers of ten that are doubles without rounding. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, power) => 10 ** power)
/** Digits of each half of a long number: a half times ten to that power is a double too. */
const halfDigits = 9
/** Cuts a double into two of 26 bits, whose products are doubles (Dekker, 1971). */
const splitter = 2 ** 27 + 1
const upperHalf = (value: number): number => value * splitter - (value * splitter - value)
/** More than what roundings may have changed of a correction, as a share of it. */
const doubt = 2 ** -48
/** Larger exponents are no matter of speed. */
const exponentDigits = 3

/**
 * Reads one number of JSON (RFC 8259, section 6) to the same double as `JSON.parse`. Where digits and power of ten
 * are both doubles, one division or product rounds correctly (Clinger, How to read floating point numbers accurately,
 * 1990). Up to 18 digits are divided in two doubles, as long as that tells how to round; all others are left to `Number`.
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
    value = power < 0 && power >= -22 ? longQuotient(bytes, first, powersOfTen[-power] as number) : Number.NaN
    if (Number.isNaN(value)) value = Number(bytes.toString('latin1', first, at))
    if (value === Number.POSITIVE_INFINITY) return UNKNOWN
  }
  target.numbers[target.index] = isNegative ? -value : value
  return at
}

/**
 * Divides the digits of a number, with or without a point between them, by a power of ten.
 *
 * @returns the nearest double; NaN where there are more digits than two halves hold, or where two doubles are about as near
 */
function longQuotient(bytes: Buffer, first: number, divisor: number): number {
  let [digits, head, tail, tailPower] = [0, 0, 0, 1]
  for (let at = first; ; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit === -2) continue // the point
    if (!(digit >= 0 && digit <= 9)) break
    if (digits === 0 && digit === 0) continue
    digits++
    if (digits <= halfDigits) {
      head = head * 10 + digit
    } else {
      tail = tail * 10 + digit
      tailPower *= 10
    }
  }
  if (digits > 2 * halfDigits) return Number.NaN
  // All digits: high + low, exactly.
  const scaledHead = head * tailPower
  const high = scaledHead + tail
  const low = tail - (high - scaledHead)
  // What the nearest double to high / divisor leaves of high, exactly, by the product in two doubles.
  const quotient = high / divisor
  const product = quotient * divisor
  const [q1, d1] = [upperHalf(quotient), upperHalf(divisor)]
  const [q2, d2] = [quotient - q1, divisor - d1]
  const rest = high - product - (q1 * d1 - product + q1 * d2 + q2 * d1 + q2 * d2)
  const correction = (rest + low) / divisor
  const value = quotient + correction * (1 + doubt)
  return value === quotient + correction * (1 - doubt) ? value : Number.NaN
}
