import { parseJson } from '../json-body.js'

const notANumber = Buffer.from('NaN')
const infinity = Buffer.from('Infinity')

/**
 * Parses JSON in which the tokens `NaN`, `Infinity` and `-Infinity` may stand, as Python and TensorFlow Serving write
 * them. NaN is read as null, a missing value.
 *
 * @throws FlywheelError body-malformed; request-invalid for an infinite number
 */
export function parseTolerantJson(bytes: Buffer): unknown {
  const isPlain = !bytes.includes(notANumber) && !bytes.includes(infinity)
  return parseJson(isPlain ? bytes : withoutTokens(bytes))
}

/** The tokens outside of strings as JSON: null, and a number that no double holds. */
function withoutTokens(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|\bNaN\b|\bInfinity\b/gs, (found) =>
    found === 'NaN' ? 'null' : found === 'Infinity' ? '1e999' : found,
  )
  return Buffer.from(plain, 'latin1')
}
