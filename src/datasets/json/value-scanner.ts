import { isUtf8 } from 'node:buffer'
import { FlywheelError, shown } from '../../contracts/errors.js'
import type { ByteReader } from './byte-reader.js'
import { END } from './byte-reader.js'

const BACKSLASH = 0x5c
export const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a]
export const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]

const NEWLINE = 0x0a
const toldApart = (bytes: readonly number[]): Uint8Array => {
  const table = new Uint8Array(256)
  for (const byte of bytes) table[byte] = 1
  return table
}
const nested = toldApart([QUOTE, LIST, LIST_END, OBJECT, OBJECT_END, NEWLINE])
const inText = toldApart([QUOTE, BACKSLASH, NEWLINE])

/** A value as it stands in the file. */
export interface ScannedValue {
  /** Only its beginning where it is too long. */
  readonly text: string
  readonly isTooLong: boolean
  /** From 1: where it begins. */
  readonly line: number
}

/** Characters of a value that is too long, for messages. */
const SHOWN_BYTES = 300

/** Passes over spaces and line ends. @returns the byte that comes next */
export function afterSpace(reader: ByteReader): number {
  for (;;) {
    const byte = reader.peek()
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
    reader.next()
  }
}

/**
 * Passes over one value, whatever it holds: whether it is well formed says who parses it.
 *
 * @throws FlywheelError dataset-invalid where the file ends within it; NotUtf8Value where it is no UTF-8
 */
export function scanValue(reader: ByteReader, { maxBytes }: { maxBytes: number }): ScannedValue {
  const { line } = reader
  let long: Buffer | null = null
  let depth = 0
  reader.mark()
  for (;;) {
    if (depth > 0) reader.passPlain(nested)
    const byte = reader.peek()
    if (byte === END) {
      if (depth === 0) break
      throw malformed(reader.line, 'the end of a value')
    }
    if (byte === QUOTE) passText(reader)
    else if (byte === LIST || byte === OBJECT) {
      depth++
      reader.next()
    } else if (byte === LIST_END || byte === OBJECT_END) {
      if (depth === 0) break
      depth--
      reader.next()
    } else if (depth === 0 && (byte === COMMA || byte === COLON || byte <= 0x20)) break
    else reader.next()
    if (long === null && reader.markedBytes > maxBytes) long = reader.unmark(SHOWN_BYTES)
    if (depth === 0 && (byte === QUOTE || byte === LIST_END || byte === OBJECT_END)) break
  }
  if (long !== null) return { text: long.toString('utf8'), isTooLong: true, line }
  const bytes = reader.take()
  if (!isUtf8(bytes)) throw new NotUtf8Value()
  return { text: bytes.toString('utf8'), isTooLong: false, line }
}

/** Some value is no UTF-8; where it stands in the file says `checkUtf8`. */
export class NotUtf8Value extends Error {}

function passText(reader: ByteReader): void {
  const { line } = reader
  reader.next()
  for (;;) {
    reader.passPlain(inText)
    const byte = reader.next()
    if (byte === QUOTE) return
    if (byte === BACKSLASH) reader.next()
    if (byte === END) throw malformed(line, 'a closing quote')
  }
}

/** Takes one byte that must stand there. */
export function expectByte(reader: ByteReader, byte: number): void {
  if (afterSpace(reader) !== byte) {
    throw malformed(reader.line, shown(String.fromCharCode(byte)), received(reader))
  }
  reader.next()
}

export const received = (reader: ByteReader): string => {
  const byte = reader.peek()
  return byte === END ? 'the end of the file' : shown(String.fromCharCode(byte))
}

export function malformed(line: number, expected: string, received = 'the end of the file'): FlywheelError {
  return new FlywheelError(
    'dataset-invalid',
    `Line ${line} is no JSON: expected ${expected}, received ${received}`,
    {
      errors: [{ path: `line ${line}`, line, expected, received }],
      remedy: 'Send a list of objects, an object of lists, or one object a line (NDJSON)',
    },
  )
}
