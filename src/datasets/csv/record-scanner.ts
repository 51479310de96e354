import {
  byteKinds,
  cellAt,
  cellOf,
  isSpaceByte,
  QUICK_KINDS,
  QUICK_LENGTHS,
  START,
  TRANSITIONS,
} from '../cell-grammar.js'

const QUOTE = 0x22
const SPACE = 0x20
const NEWLINE = 0x0a
const RETURN = 0x0d

export type LineEnd = '\n' | '\r\n' | '\r'

/** Why a record can not be read. */
export type RecordFault = 'quote-open' | 'text-after-quote'

/**
 * Finds the records and cells of delimited text (RFC 4180) in a buffer, and says what each cell is. After `next` the
 * fields describe the record that was read; positions are those of the buffer.
 */
export class RecordScanner {
  /** Cells in the record, also those beyond the width that the scanner was made for: they are only counted. */
  cells = 0
  readonly starts: Int32Array
  readonly ends: Int32Array
  /** 1 where a cell stood in quotes; start and end are those of its inside, where quotes are still doubled. */
  readonly quoted: Uint8Array
  /** What each cell is, a `Cell`. */
  readonly kinds: Uint8Array
  fault: RecordFault | null = null
  /** Nothing but spaces. */
  isBlank = false
  /** Kinds of line ends seen so far. */
  readonly lineEnds = new Set<LineEnd>()
  /** Whether spaces stood between a quote and a delimiter, which other readers take in another way. */
  hasLooseQuotes = false
  /** What stands before a number's decimals. */
  readonly decimal: '.' | ','

  readonly #width: number
  readonly #delimiter: number
  readonly #byteKinds: Uint8Array
  #bytes: Buffer = Buffer.alloc(0)
  #end = 0
  #isLast = false

  constructor({
    delimiter,
    width,
    decimal = '.',
  }: {
    delimiter: string
    width: number
    decimal?: '.' | ','
  }) {
    this.#width = width
    this.decimal = decimal
    this.#delimiter = delimiter.charCodeAt(0)
    this.#byteKinds = byteKinds([this.#delimiter, NEWLINE, RETURN], decimal)
    this.starts = new Int32Array(width)
    this.ends = new Int32Array(width)
    this.quoted = new Uint8Array(width)
    this.kinds = new Uint8Array(width)
  }

  /** Sets the text; `isLast` says that nothing follows it. */
  load(bytes: Buffer, isLast: boolean): void {
    this.#bytes = bytes
    this.#end = bytes.length
    this.#isLast = isLast
  }

  /**
   * Reads the record at `start`.
   *
   * @returns where the next record starts; −1 when the text ends before the record does
   */
  next(start: number): number {
    this.cells = 0
    this.fault = null
    this.isBlank = false
    const bytes = this.#bytes
    const end = this.#end
    let at = start
    for (;;) {
      at = this.#cell(at)
      if (at === -1) return this.#openQuote(start)
      if (at >= end) {
        if (!this.#isLast) return -1
        break
      }
      if (bytes[at] !== this.#delimiter) break
      at++
    }
    if (this.cells === 1 && this.fault === null) this.isBlank = isSpace(bytes.subarray(start, at))
    return this.#afterLine(at)
  }

  /** @returns the position of what ended the cell; −1 when its quote is not closed */
  #cell(from: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let at = from
    while (at < end && bytes[at] === SPACE) at++
    if (at < end && bytes[at] === QUOTE) {
      if (at > from) this.hasLooseQuotes = true
      return this.#quotedCell(at + 1)
    }
    const kinds = this.#byteKinds
    let state: number = START
    for (; at < end; at++) {
      const kind = kinds[bytes[at] as number] as number
      if (kind === 0) break
      state = TRANSITIONS[(state << 4) | kind] as number
    }
    const index = this.cells++
    if (index < this.#width) {
      this.starts[index] = from
      this.ends[index] = at
      this.quoted[index] = 0
      const isQuick = at - from <= (QUICK_LENGTHS[state] as number)
      this.kinds[index] = isQuick
        ? (QUICK_KINDS[state] as number)
        : cellOf(bytes, { start: from, end: at, state, decimal: this.decimal })
    }
    return at
  }

  #quotedCell(start: number): number {
    const bytes = this.#bytes
    let close = start
    for (;;) {
      close = bytes.indexOf(QUOTE, close)
      // A quote at the very end may be the first of two.
      if (close === -1 || (close + 1 >= this.#end && !this.#isLast)) return -1
      if (bytes[close + 1] !== QUOTE) break
      close += 2
    }
    const index = this.cells++
    if (index < this.#width) {
      this.starts[index] = start
      this.ends[index] = close
      this.quoted[index] = 1
      this.kinds[index] = cellAt(bytes, { start, end: close, decimal: this.decimal })
    }
    return this.#afterQuote(close + 1)
  }

  #afterQuote(from: number): number {
    const bytes = this.#bytes
    const end = this.#end
    let at = from
    while (at < end && bytes[at] === SPACE) at++
    if (at > from) this.hasLooseQuotes = true
    if (at >= end || this.#byteKinds[bytes[at] as number] === 0) return at
    this.fault = 'text-after-quote'
    return this.#endOfLine(at)
  }

  /** The quote is never closed: only its line is lost, so that a stray quote does not swallow what follows. */
  #openQuote(start: number): number {
    if (!this.#isLast) return -1
    this.fault = 'quote-open'
    return this.#afterLine(this.#endOfLine(start))
  }

  #endOfLine(from: number): number {
    const bytes = this.#bytes
    let at = from
    while (at < this.#end && bytes[at] !== NEWLINE && bytes[at] !== RETURN) at++
    return at
  }

  #afterLine(at: number): number {
    const bytes = this.#bytes
    if (at >= this.#end) return this.#isLast ? at : -1
    if (bytes[at] === NEWLINE) {
      this.lineEnds.add('\n')
      return at + 1
    }
    if (at + 1 >= this.#end && !this.#isLast) return -1
    if (bytes[at + 1] === NEWLINE) {
      this.lineEnds.add('\r\n')
      return at + 2
    }
    this.lineEnds.add('\r')
    return at + 1
  }
}

const isSpace = (bytes: Buffer): boolean => bytes.every(isSpaceByte)
