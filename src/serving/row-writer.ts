import { kindOfType } from '../contracts/dataset.js'
import { type ErrorDetail, shown } from '../contracts/errors.js'
import { MISSING_WORDS, trimmed } from '../datasets/cell-grammar.js'
import { isDate, isoTime } from '../datasets/iso-time.js'
import { LIMITS } from '../datasets/limits.js'
import { isVector } from '../datasets/vector-text.js'
import { readImage } from './read-image.js'
import { noFiles, noTexts, type RowBatch } from './row-batch.js'
import type { Signature } from './signature.js'

/** A feature, and how its values are stored. */
export interface Input {
  readonly name: string
  readonly type: Signature['inputs'][number]['type']
  readonly kind: 'number' | 'boolean' | 'date' | 'text' | 'vector' | 'image'
  /** Numbers of a vector. */
  readonly length: number
  /** Numbers that a row holds of it. */
  readonly width: number
  /** Every object has something of that name, "constructor" for one: it counts only when it is the object's own. */
  readonly isInherited: boolean
}

export function inputOf({ name, type, length = 1 }: Signature['inputs'][number]): Input {
  const kind = storages[kindOfType(type)] ?? (type === 'boolean' || type === 'date' ? type : 'number')
  const width = kind === 'vector' ? length : kind === 'text' || kind === 'image' ? 0 : 1
  return { name, type, kind, length, width, isInherited: name in Object.prototype }
}

const storages = { text: 'text', bytes: 'image', tensor: 'vector', numeric: null } as const

/** Numbers of one request at most: vectors that are missing take ten bytes of JSON, and the room of all their numbers. */
export const largestBatch = 2 ** 24

/** What is wrong with a value; its place is the caller's to name. */
export type Fault = Omit<ErrorDetail, 'path'>

/** Checks values and copies them into a batch, in the order of the rows and of their features. */
export class RowWriter {
  numbers: Float64Array
  /** Of the next number. */
  at = 0
  readonly #texts: (string | null)[] = []
  readonly #files: (Uint8Array | null)[] = []

  /** @param numbers where the rows' numbers go */
  constructor(numbers: Float64Array) {
    this.numbers = numbers
  }

  /** Writes the next value. @returns what is wrong with it; null where nothing is */
  write(input: Input, value: unknown): Fault | null {
    const { kind } = input
    if (kind === 'text') return this.#writeText(input, value)
    if (kind === 'image') return this.#writeImage(value)
    const { at } = this
    this.at += input.width
    if (kind === 'vector') {
      return this.#writeVector(at, input.length, value) ? null : complaint(input, value)
    }
    const number = numberReaders[kind](value)
    this.numbers[at] = number ?? Number.NaN
    return number === undefined ? complaint(input, value) : null
  }

  /** The batch, once all values of its rows are written. */
  batch(rows: number): RowBatch {
    return { rows, numbers: this.numbers, ...packed(this.#texts), ...packedFiles(this.#files) }
  }

  #writeText(input: Input, value: unknown): Fault | null {
    const text = asText(value, input.type)
    if (text !== null && typeof text !== 'string') return complaint(input, value)
    if (text !== null && isTooLong(text)) return tooLong(text)
    this.#texts.push(text === null ? null : textOf(text))
    return null
  }

  #writeImage(value: unknown): Fault | null {
    const image = readImage(value)
    if (image !== null && !(image instanceof Uint8Array)) return image
    this.#files.push(image)
    return null
  }

  /** @returns whether it is a vector of that length, or missing */
  #writeVector(at: number, length: number, value: unknown): boolean {
    if (value === null) {
      this.numbers.fill(Number.NaN, at, at + length)
      return true
    }
    if (!isVector(value) || value.length !== length) return false
    this.numbers.set(value, at)
    return true
  }
}

const expectedOf = {
  number: 'a finite number or null',
  integer: 'a finite number or null',
  boolean: 'a boolean or null',
  category: 'a text or null',
  text: 'a text or null',
  identifier: 'a text or null',
  list: 'a list of texts, a text or null',
  date: 'a date as ISO 8601, or null',
  vector: 'a list of numbers or null',
  image: 'an image as base64, or null',
} as const

/** As datasets are read: trimmed, and null where the text stands for no value. */
function textOf(value: string): string | null {
  const text = trimmed(value)
  return text === '' || missingWords.has(text) ? null : text
}

const missingWords: ReadonlySet<string> = new Set(MISSING_WORDS)

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : value === null ? Number.NaN : undefined

/** Boolean columns are stored as 0 and 1: both spellings are understood. */
function booleanOf(value: unknown): number | undefined {
  if (value === true || value === 1) return 1
  if (value === false || value === 0) return 0
  return value === null ? Number.NaN : undefined
}

/** Milliseconds since 1970: as text, as kept predictions have it, or missing. */
function dateOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return numberOf(value)
  const text = textOf(value)
  if (text === null) return Number.NaN
  return isDate(text) ? isoTime(text) : undefined
}

const numberReaders = { number: numberOf, boolean: booleanOf, date: dateOf } as const

/** Lists may come as such, identifiers as numbers: they are stored as texts. */
function asText(value: unknown, type: Input['type']): unknown {
  if (type === 'list' && Array.isArray(value) && value.every((item) => typeof item === 'string')) {
    return JSON.stringify(value)
  }
  return type === 'identifier' && typeof value === 'number' ? String(value) : value
}

/** As a dataset's cells are bounded. A UTF-16 unit is at most three bytes of UTF-8. */
const isTooLong = (value: string): boolean =>
  value.length > LIMITS.cellBytes / 3 && Buffer.byteLength(value) > LIMITS.cellBytes

const tooLong = (value: string): Fault => ({
  expected: `a text of at most ${LIMITS.cellBytes} bytes`,
  received: `${Buffer.byteLength(value)} bytes, ${shown(value.slice(0, 50))}`,
})

const complaint = (input: Input, value: unknown): Fault => ({
  expected: input.kind === 'vector' ? `a list of ${input.length} numbers or null` : expectedOf[input.type],
  received: typeof value === 'number' && !Number.isFinite(value) ? String(value) : shown(value),
})

function packed(texts: readonly (string | null)[]): Pick<RowBatch, 'textBytes' | 'text'> {
  if (texts.length === 0) return noTexts
  const textBytes = Int32Array.from(texts, (text) => (text === null ? -1 : Buffer.byteLength(text)))
  const text = Buffer.allocUnsafe(textBytes.reduce((sum, length) => sum + Math.max(0, length), 0))
  let offset = 0
  for (const value of texts) if (value !== null) offset += text.write(value, offset)
  return { textBytes, text }
}

function packedFiles(values: readonly (Uint8Array | null)[]): Pick<RowBatch, 'fileBytes' | 'files'> {
  if (values.length === 0) return noFiles
  const fileBytes = Int32Array.from(values, (value) => value?.length ?? -1)
  return { fileBytes, files: Buffer.concat(values.filter((value) => value !== null)) }
}
