import { endOfString, parseJson } from '../json-body.js'

/** What may stand in place of a number, and the JSON for it: null, and a number that no double holds. */
const tokens = {
  nan: { name: Buffer.from('NaN'), json: Buffer.from('null') },
  infinity: { name: Buffer.from('Infinity'), json: Buffer.from('1e999') },
}

/**
 * Parses JSON in which the tokens `NaN`, `Infinity` and `-Infinity` may stand, as Python and TensorFlow Serving write
 * them. NaN is read as null, a missing value.
 *
 * @throws FlywheelError body-malformed; request-invalid for an infinite number
 */
export function parseTolerantJson(bytes: Buffer): unknown {
  const isPlain = !bytes.includes(tokens.nan.name) && !bytes.includes(tokens.infinity.name)
  return parseJson(isPlain ? bytes : withoutTokens(bytes))
}

/** The body with JSON for the tokens outside of strings, in one pass: a string may be as long as the body. */
function withoutTokens(bytes: Buffer): Buffer {
  // NaN takes one byte more as null; something else stands between two of them.
  const plain = Buffer.allocUnsafe(bytes.length + Math.ceil(bytes.length / 4) + 1)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    const token = byte === 0x4e ? tokens.nan : byte === 0x49 ? tokens.infinity : null
    if (byte === 0x22) {
      const end = Math.min(endOfString(bytes, at) + 1, bytes.length)
      length += bytes.copy(plain, length, at, end)
      at = end - 1
    } else if (token && standsAt(bytes, at, token.name)) {
      length += token.json.copy(plain, length)
      at += token.name.length - 1
    } else {
      plain[length++] = byte
    }
  }
  return plain.subarray(0, length)
}

/** Whether a word stands there that is no part of a longer one. */
function standsAt(bytes: Buffer, start: number, word: Buffer): boolean {
  for (let at = 0; at < word.length; at++) if (bytes[start + at] !== word[at]) return false
  return !isOfWord(bytes[start - 1]) && !isOfWord(bytes[start + word.length])
}

const isOfWord = (byte = 0x20): boolean =>
  (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) || byte === 0x5f
