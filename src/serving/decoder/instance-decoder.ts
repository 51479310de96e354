import { isUtf8 } from 'node:buffer'
import type { RowBatch } from '../row-batch.js'
import { type Input, inputOf, largestBatch, RowWriter } from '../row-writer.js'
import type { Signature } from '../signature.js'
import { readJsonNumber, UNKNOWN } from './json-number.js'
import { NumberRun } from './number-run.js'

/**
 * Reads `{"instances":[{"column":value,…},…]}` straight out of a request's bytes, by the names and kinds of one version's
 * features: no object of 784 members is made in between.
 *
 * It reads what it knows for certain: every feature once, in the order of the signature, between them single values of
 * columns that are no features, names and texts without escapes. For all other bodies, whether they are valid or not, it gives null: they are for
 * `JSON.parse` and {@link InstanceReader}, whose batch it else equals bit by bit.
 */
export interface InstanceDecoder {
  /** @param member the list's name, the body's only one */
  decode(body: Buffer, member?: string): RowBatch | null
}

/** Kept between requests up to this size, so that a request only pays for the numbers that it has. */
const keptNumbers = 128 * 1024

/** @returns the decoder of one version's instances */
export function instanceDecoder({
  inputs,
  ignored = [],
}: Pick<Signature, 'inputs'> & Partial<Pick<Signature, 'ignored'>>): InstanceDecoder {
  // JSON.parse makes such a member one of the object's own, and the api refuses it: left to them.
  if (inputs.some(({ name }) => name === '__proto__')) return { decode: () => null }
  return new SignatureDecoder(
    inputs.map((input) => ({ ...inputOf(input), key: keyOf(input.name) })),
    new Set(ignored.filter((name) => name !== '__proto__')),
  )
}

/** As it stands in the body, with its quotes. */
const keyOf = (name: string): Uint8Array => Buffer.from(JSON.stringify(name))

type KeyedInput = Input & { readonly key: Uint8Array }

class SignatureDecoder implements InstanceDecoder {
  readonly #inputs: readonly KeyedInput[]
  readonly #ignored: ReadonlySet<string>
  readonly #run: NumberRun
  readonly #width: number
  #scratch: Float64Array = new Float64Array(0)

  constructor(inputs: readonly KeyedInput[], ignored: ReadonlySet<string>) {
    this.#ignored = ignored
    this.#inputs = inputs
    this.#run = new NumberRun(inputs.map(({ kind, key }) => (kind === 'number' ? key : null)))
    this.#width = inputs.reduce((sum, { width }) => sum + width, 0)
  }

  decode(body: Buffer, member = 'instances'): RowBatch | null {
    const writer = new RowWriter(this.#scratch)
    const rows = this.#readBody(body, writer, keyOf(member))
    this.#scratch = writer.numbers.length > keptNumbers ? new Float64Array(0) : writer.numbers
    if (rows === UNKNOWN) return null
    writer.numbers = writer.numbers.slice(0, rows * this.#width)
    return writer.batch(rows)
  }

  /** @returns how many rows there are */
  #readBody(bytes: Buffer, writer: RowWriter, key: Uint8Array): number {
    let at = behind(bytes, skipSpace(bytes, 0), OPEN_OBJECT)
    at = behindKey(bytes, skipSpace(bytes, at), key)
    at = behind(bytes, skipSpace(bytes, at), COLON)
    at = behind(bytes, skipSpace(bytes, at), OPEN_LIST)
    for (let rows = 1; ; rows++) {
      if (!this.#reserve(writer, rows)) return UNKNOWN
      at = this.#readRow(bytes, skipSpace(bytes, at), writer)
      if (at === UNKNOWN) return UNKNOWN
      at = skipSpace(bytes, at)
      if (bytes[at] === COMMA) {
        at++
        continue
      }
      at = behind(bytes, skipSpace(bytes, behind(bytes, at, CLOSE_LIST)), CLOSE_OBJECT)
      return at !== UNKNOWN && skipSpace(bytes, at) === bytes.length ? rows : UNKNOWN
    }
  }

  /** @returns whether a batch may have so many rows */
  #reserve(writer: RowWriter, rows: number): boolean {
    const needed = rows * this.#width
    if (needed <= writer.numbers.length) return true
    if (needed > largestBatch) return false
    const numbers = new Float64Array(Math.max(needed, 2 * writer.numbers.length))
    numbers.set(writer.numbers)
    writer.numbers = numbers
    return true
  }

  #readRow(bytes: Buffer, start: number, writer: RowWriter): number {
    let at = start
    let separator: number = OPEN_OBJECT
    for (let column = 0; ; ) {
      const read = this.#run.read(bytes, at, { column, numbers: writer.numbers, index: writer.at })
      if (read > 0) {
        column += read
        writer.at += read
        at = skipSpace(bytes, this.#run.at)
        separator = COMMA
      }
      const input = this.#inputs[column]
      if (input === undefined && bytes[at] === CLOSE_OBJECT) return at + 1
      const keyAt = skipSpace(bytes, behind(bytes, at, separator))
      const keyEnd = input === undefined ? UNKNOWN : behindKey(bytes, keyAt, input.key)
      if (input === undefined || keyEnd === UNKNOWN) {
        at = this.#skipIgnored(bytes, keyAt)
      } else {
        at = behind(bytes, skipSpace(bytes, keyEnd), COLON)
        at = readValue(bytes, skipSpace(bytes, at), { input, writer })
        column += 1
      }
      if (at === UNKNOWN) return UNKNOWN
      at = skipSpace(bytes, at)
      separator = COMMA
    }
  }

  /** @returns the place behind a column that is no feature, and its value */
  #skipIgnored(bytes: Buffer, keyAt: number): number {
    if (bytes[keyAt] !== QUOTE) return UNKNOWN
    const { value: name, end } = textAt(bytes, keyAt + 1)
    if (end === UNKNOWN || !this.#ignored.has(name as string)) return UNKNOWN
    const at = behind(bytes, skipSpace(bytes, end), COLON)
    return at === UNKNOWN ? UNKNOWN : scalarAt(bytes, skipSpace(bytes, at)).end
  }
}

const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d] as const
const [COLON, COMMA, QUOTE, BACKSLASH] = [0x3a, 0x2c, 0x22, 0x5c] as const

/** The functions below take UNKNOWN for a start, too, and give it back: no byte stands there. */
function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  let byte = bytes[at]
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at]
  return at
}

const behind = (bytes: Buffer, at: number, byte: number): number =>
  at !== UNKNOWN && bytes[at] === byte ? at + 1 : UNKNOWN

function behindKey(bytes: Buffer, at: number, key: Uint8Array): number {
  if (at === UNKNOWN) return UNKNOWN
  for (let index = 0; index < key.length; index++) if (bytes[at + index] !== key[index]) return UNKNOWN
  return at + key.length
}

interface Destination {
  readonly input: KeyedInput
  readonly writer: RowWriter
}

function readValue(bytes: Buffer, at: number, { input, writer }: Destination): number {
  const byte = bytes[at]
  if (input.kind === 'number' && byte !== 0x6e) {
    const end = readJsonNumber(bytes, at, { numbers: writer.numbers, index: writer.at })
    writer.at += 1
    return end
  }
  if (input.kind === 'vector' && byte === OPEN_LIST) return readVector(bytes, at, { input, writer })
  const { value, end } = scalarAt(bytes, at)
  return end !== UNKNOWN && writer.write(input, value) === null ? end : UNKNOWN
}

function readVector(bytes: Buffer, start: number, { input, writer }: Destination): number {
  let at = start
  let separator: number = OPEN_LIST
  const first = writer.at
  for (let index = first; index < first + input.length; index++) {
    at = skipSpace(bytes, behind(bytes, at, separator))
    if (at === UNKNOWN) return UNKNOWN
    at = readJsonNumber(bytes, at, { numbers: writer.numbers, index })
    if (at === UNKNOWN) return UNKNOWN
    at = skipSpace(bytes, at)
    separator = COMMA
  }
  writer.at += input.length
  return behind(bytes, at, CLOSE_LIST)
}

interface Scalar {
  readonly value?: unknown
  readonly end: number
}

const noScalar: Scalar = { end: UNKNOWN }
const words: readonly [Uint8Array, boolean | null][] = [
  [Buffer.from('null'), null],
  [Buffer.from('true'), true],
  [Buffer.from('false'), false],
]
const single = { numbers: new Float64Array(1), index: 0 }

/** What JSON.parse makes of a text, a number or a word. */
function scalarAt(bytes: Buffer, start: number): Scalar {
  if (bytes[start] === QUOTE) return textAt(bytes, start + 1)
  for (const [word, value] of words) {
    const end = behindKey(bytes, start, word)
    if (end !== UNKNOWN) return { value, end }
  }
  const end = readJsonNumber(bytes, start, single)
  return end === UNKNOWN ? noScalar : { value: single.numbers[0], end }
}

/** A text without escapes, in valid UTF-8. @param start behind its quote */
function textAt(bytes: Buffer, start: number): Scalar {
  let at = start
  let all = 0
  for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[++at]) {
    if (byte === undefined || byte === BACKSLASH || byte < 0x20) return noScalar
    all |= byte
  }
  if (all < 0x80) return { value: bytes.toString('latin1', start, at), end: at + 1 }
  if (!isUtf8(bytes.subarray(start, at))) return noScalar
  return { value: bytes.toString('utf8', start, at), end: at + 1 }
}
