import { isDate, LONGEST_DATE, SHORTEST_DATE } from './iso-time.js'
import { vectorOf } from './vector-text.js'

/** What a cell's text is, before anyone has said what its column holds. */
export const Cell = {
  /** A word that stands for no value, `?` for one; in JSON also null. */
  missing: 0,
  boolean: 1,
  integer: 2,
  wideInteger: 3,
  number: 4,
  text: 5,
  /** Empty, or nothing but spaces. */
  blank: 6,
  /** A day of the calendar, perhaps with a time: ISO 8601. */
  date: 7,
  /** A list of numbers: [1, 2.5, 3]. */
  vector: 8,
  /** A list of texts: only where values have types of their own, as in JSON. */
  list: 9,
} as const
export type Cell = (typeof Cell)[keyof typeof Cell]
export const CELL_KINDS = 10

/** Whether a cell of that kind holds no value. */
export const holdsNothing = (kind: number | undefined): boolean =>
  kind === Cell.missing || kind === Cell.blank

/** Texts that stand for no value, after trimming; an empty cell is another one. */
export const MISSING_WORDS = ['NA', 'N/A', 'NaN', 'null', 'None', '?', '-'] as const

/** States of the number automaton. */
const State = {
  start: 0,
  minus: 1,
  zero: 2,
  integer: 3,
  point: 4,
  fraction: 5,
  exponent: 6,
  exponentSign: 7,
  exponentDigits: 8,
  spaceAfterInteger: 9,
  spaceAfterNumber: 10,
  other: 11,
} as const

/** Kinds of bytes; `end` is what ends an unquoted cell. */
const Byte = {
  end: 0,
  space: 1,
  zero: 2,
  digit: 3,
  minus: 4,
  point: 5,
  e: 6,
  plus: 7,
  other: 8,
} as const
const WIDTH = 16

export const START = State.start

/**
 * `TRANSITIONS[state * 16 + byte kind]` is the next state. Numbers are `-?(0|[1-9]\d*)(\.\d*)?` or `-?\.\d+`, with an
 * optional exponent, spaces and tabs around them: no leading zeros, no plus sign, no hexadecimal, no infinity.
 */
export const TRANSITIONS = buildTransitions()

function buildTransitions(): Uint8Array {
  const table = new Uint8Array(12 * WIDTH).fill(State.other)
  const go = (from: number, byte: number, to: number) => {
    table[from * WIDTH + byte] = to
  }
  go(State.start, Byte.space, State.start)
  go(State.start, Byte.minus, State.minus)
  for (const from of [State.start, State.minus]) {
    go(from, Byte.zero, State.zero)
    go(from, Byte.digit, State.integer)
    go(from, Byte.point, State.point)
  }
  for (const digit of [Byte.zero, Byte.digit]) {
    go(State.integer, digit, State.integer)
    go(State.point, digit, State.fraction)
    go(State.fraction, digit, State.fraction)
    for (const from of [State.exponent, State.exponentSign, State.exponentDigits]) {
      go(from, digit, State.exponentDigits)
    }
  }
  for (const from of [State.zero, State.integer]) {
    go(from, Byte.point, State.fraction)
    go(from, Byte.space, State.spaceAfterInteger)
  }
  for (const from of [State.zero, State.integer, State.fraction]) go(from, Byte.e, State.exponent)
  for (const sign of [Byte.minus, Byte.plus]) go(State.exponent, sign, State.exponentSign)
  for (const from of [State.fraction, State.exponentDigits]) go(from, Byte.space, State.spaceAfterNumber)
  go(State.spaceAfterInteger, Byte.space, State.spaceAfterInteger)
  go(State.spaceAfterNumber, Byte.space, State.spaceAfterNumber)
  return table
}

/** The kind of each byte; those in `ends` end an unquoted cell, and `decimal` stands before a number's decimals. */
export function byteKinds(ends: readonly number[] = [], decimal: '.' | ',' = '.'): Uint8Array {
  const kinds = new Uint8Array(256).fill(Byte.other)
  const set = (text: string, kind: number) => {
    for (const byte of Buffer.from(text)) kinds[byte] = kind
  }
  set(' \t', Byte.space)
  set('0', Byte.zero)
  set('123456789', Byte.digit)
  set('-', Byte.minus)
  set(decimal, Byte.point)
  set('eE', Byte.e)
  set('+', Byte.plus)
  for (const end of ends) kinds[end] = Byte.end
  return kinds
}

const plainKinds = byteKinds()
const commaKinds = byteKinds([], ',')

/** A space or a tab: what is trimmed. */
export const isSpaceByte = (byte: number): boolean => plainKinds[byte] === Byte.space

/** What the bytes from `start` to `end` are. */
export function cellAt(
  bytes: Buffer,
  { start, end, decimal = '.' }: { start: number; end: number; decimal?: '.' | ',' },
): Cell {
  const kinds = decimal === ',' ? commaKinds : plainKinds
  let state: number = START
  for (let at = start; at < end; at++) {
    state = TRANSITIONS[state * WIDTH + (kinds[bytes[at] as number] as number)] as number
  }
  return cellOf(bytes, { start, end, state, decimal })
}

const missingWords = new Set<string>(['', ...MISSING_WORDS])

/** Whether a trimmed text stands for no value. */
export const isMissing = (text: string): boolean => missingWords.has(text)

/** A text without the spaces and tabs around it. An expression would look at the spaces within a text again and again. */
export function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isSpace(text, start)) start++
  while (end > start && isSpace(text, end - 1)) end--
  return text.slice(start, end)
}

const isSpace = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t'

/** What a text is. */
export const cellOfText = (text: string): Cell => {
  const bytes = Buffer.from(text)
  return cellAt(bytes, { start: 0, end: bytes.length })
}

/**
 * The kind that a state alone decides for cells of at most `QUICK_LENGTHS[state]` bytes; others ask `cellOf`.
 * 15 digits are always a safe integer, and 300 characters without an exponent always fit a double.
 */
export const QUICK_KINDS = new Uint8Array(12)
export const QUICK_LENGTHS = new Int16Array(12).fill(-1)
for (const [state, kind, length] of [
  [State.start, Cell.blank, 32_767],
  [State.zero, Cell.integer, 2],
  [State.integer, Cell.integer, 15],
  [State.fraction, Cell.number, 300],
] as const) {
  QUICK_KINDS[state] = kind
  QUICK_LENGTHS[state] = length
}

/** The cell's kind, from the state in which the automaton ended. */
export function cellOf(
  bytes: Buffer,
  { start, end, state, decimal = '.' }: { start: number; end: number; state: number; decimal?: '.' | ',' },
): Cell {
  switch (state) {
    case State.start:
      return Cell.blank
    case State.zero:
      return Cell.integer
    case State.integer:
    case State.spaceAfterInteger:
      return longInteger(bytes.toString('latin1', start, end))
    case State.fraction:
    case State.exponentDigits:
    case State.spaceAfterNumber:
      return finite(bytes.toString('latin1', start, end).replace(decimal, '.'))
    default:
      return word(bytes, start, end)
  }
}

/** An integer that a double can not hold exactly keeps its digits only as text. */
const longInteger = (text: string): Cell =>
  Number.isSafeInteger(Number(text)) ? Cell.integer : Cell.wideInteger

/** 1e999 is no number: it would become Infinity. */
const finite = (text: string): Cell => (Number.isFinite(Number(text)) ? Cell.number : Cell.text)

const words = new Map<string, Cell>([
  ...MISSING_WORDS.map((text) => [text, Cell.missing] as const),
  ...['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].map((text) => [text, Cell.boolean] as const),
])
const LONGEST_WORD = 5
const isFirstOfWord = new Uint8Array(256)
for (const text of words.keys()) isFirstOfWord[text.charCodeAt(0)] = 1

function word(bytes: Buffer, start: number, end: number): Cell {
  let from = start
  let to = end
  while (from < to && isSpaceByte(bytes[from] as number)) from++
  while (from < to && isSpaceByte(bytes[to - 1] as number)) to--
  const first = bytes[from] as number
  if (first === OPENING_BRACKET) return isVectorAt(bytes, from, to) ? Cell.vector : Cell.text
  if (isDigit(first)) return isDateAt(bytes, from, to) ? Cell.date : Cell.text
  if (to - from > LONGEST_WORD || isFirstOfWord[first] === 0) return Cell.text
  return words.get(bytes.toString('latin1', from, to)) ?? Cell.text
}

const [OPENING_BRACKET, CLOSING_BRACKET, HYPHEN] = Buffer.from('[]-') as unknown as [number, number, number]
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

const isDateAt = (bytes: Buffer, from: number, to: number): boolean =>
  to - from >= SHORTEST_DATE &&
  to - from <= LONGEST_DATE &&
  bytes[from + 4] === HYPHEN &&
  isDate(bytes.toString('latin1', from, to))

const isVectorAt = (bytes: Buffer, from: number, to: number): boolean =>
  bytes[to - 1] === CLOSING_BRACKET && vectorOf(bytes.toString('latin1', from, to)) !== null
