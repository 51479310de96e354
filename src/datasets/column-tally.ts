import { CELL_KINDS, Cell, holdsNothing, isSpaceByte } from './cell-grammar.js'
import type { RecordScanner } from './csv/record-scanner.js'
import { isPlainDate } from './iso-time.js'

/** Whole numbers below this, in up to three digits, are told apart while they are tallied. */
const SMALL_VALUES = 1000
const SMALL_DIGITS = 3
const ZERO = 0x30

const { boolean, integer, wideInteger, number, text, date, vector, list } = Cell
/** Kinds of cells that hold a value. */
const VALUES = [boolean, integer, wideInteger, number, text, date, vector, list] as const

/** Counts, for each column, what its cells are. */
export class ColumnTally {
  readonly #columns: number
  /** `counts[column * CELL_KINDS + kind]` */
  readonly #counts: Float64Array
  /** 1 where a cell began or ended with a space or a tab. */
  readonly #padded: Uint8Array
  /** Cells that hold a value with spaces around it. */
  readonly #spaced: Float64Array
  /** Numbers of the first vector that was met, by column; 0 before. */
  readonly #lengths: Int32Array
  /** 1 where a vector had another length, or a date was written in a way of its own. */
  readonly #mixed: Uint8Array
  /** Cells of records that are whole numbers of up to three digits, by column. */
  readonly #small: Float64Array
  /** `met[column * SMALL_VALUES + value]` is how often it was met; made with the first record. */
  #met = new Uint32Array(0)

  constructor(columns: number) {
    this.#columns = columns
    this.#counts = new Float64Array(columns * CELL_KINDS)
    this.#padded = new Uint8Array(columns)
    this.#spaced = new Float64Array(columns)
    this.#small = new Float64Array(columns)
    this.#lengths = new Int32Array(columns)
    this.#mixed = new Uint8Array(columns)
  }

  addCell(column: number, kind: Cell): void {
    const at = column * CELL_KINDS + kind
    this.#counts[at] = (this.#counts[at] as number) + 1
  }

  addCells(column: number, kind: Cell, cells: number): void {
    const at = column * CELL_KINDS + kind
    this.#counts[at] = (this.#counts[at] as number) + cells
  }

  addRecord({ bytes, cells }: { bytes: Buffer; cells: RecordScanner }): void {
    if (this.#met.length === 0) this.#met = new Uint32Array(this.#columns * SMALL_VALUES)
    const { kinds, starts, ends } = cells
    const counts = this.#counts
    for (let column = 0, base = 0; column < this.#columns; column++, base += CELL_KINDS) {
      const kind = kinds[column] as number
      counts[base + kind] = (counts[base + kind] as number) + 1
      const start = starts[column] as number
      const end = ends[column] as number
      if (kind > Cell.blank) this.#addLong(column, { kind, text: bytes.toString('latin1', start, end) })
      if (kind === Cell.integer && end - start <= SMALL_DIGITS) this.#addSmall(column, { bytes, start, end })
      else if (
        end > start &&
        (isSpaceByte(bytes[start] as number) || isSpaceByte(bytes[end - 1] as number))
      ) {
        this.#padded[column] = 1
        if (!holdsNothing(kind)) this.addSpaced(column)
      }
    }
  }

  #addLong(column: number, { kind, text }: { kind: number; text: string }): void {
    if (kind === Cell.vector) this.addVector(column, text.split(',').length)
    else if (!isPlainDate(text.trim())) this.#mixed[column] = 1
  }

  /** Takes note of a vector, which is counted as a cell. @param length its numbers */
  addVector(column: number, length: number): void {
    if (this.#lengths[column] === 0) this.#lengths[column] = length
    else if (this.#lengths[column] !== length) this.#mixed[column] = 1
  }

  /** Numbers of the first vector; 0 where there was none. */
  vectorLength(column: number): number {
    return this.#lengths[column] as number
  }

  /** Whether vectors have the same length, and dates are written as DuckDB reads them. */
  isUniform(column: number): boolean {
    return this.#mixed[column] === 0
  }

  /** Counts cells that hold a value with spaces around it. */
  addSpaced(column: number, cells = 1): void {
    this.#spaced[column] = (this.#spaced[column] as number) + cells
  }

  /** Cells that held a value with spaces around it. */
  spaced(column: number): number {
    return this.#spaced[column] as number
  }

  #addSmall(column: number, { bytes, start, end }: { bytes: Buffer; start: number; end: number }): void {
    let value = 0
    for (let at = start; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0) {
        // A sign, or a space around the digits.
        if (bytes[at] !== 0x2d) {
          this.#padded[column] = 1
          this.addSpaced(column)
        }
        return
      }
      value = 10 * value + digit
    }
    this.#small[column] = (this.#small[column] as number) + 1
    const index = column * SMALL_VALUES + value
    this.#met[index] = (this.#met[index] as number) + 1
  }

  /** The counts of the same rows with other columns. @param from by column, its former place; −1 for a new one */
  arranged(from: readonly number[]): ColumnTally {
    const tally = new ColumnTally(from.length)
    if (this.#met.length > 0) tally.#met = new Uint32Array(from.length * SMALL_VALUES)
    for (const [to, column] of from.entries()) {
      if (column === -1) continue
      copyPart(this.#counts, { into: tally.#counts, column, to, width: CELL_KINDS })
      copyPart(this.#padded, { into: tally.#padded, column, to, width: 1 })
      copyPart(this.#spaced, { into: tally.#spaced, column, to, width: 1 })
      copyPart(this.#lengths, { into: tally.#lengths, column, to, width: 1 })
      copyPart(this.#mixed, { into: tally.#mixed, column, to, width: 1 })
      copyPart(this.#small, { into: tally.#small, column, to, width: 1 })
      copyPart(this.#met, { into: tally.#met, column, to, width: SMALL_VALUES })
    }
    return tally
  }

  isPadded(column: number): boolean {
    return this.#padded[column] === 1
  }

  count(column: number, ...kinds: readonly Cell[]): number {
    let sum = 0
    for (const kind of kinds) sum += this.#counts[column * CELL_KINDS + kind] as number
    return sum
  }

  /** Cells that hold a value. */
  present(column: number): number {
    return this.count(column, ...VALUES)
  }

  /** Cells that hold a value which is no list. */
  singles(column: number): number {
    return this.present(column) - this.count(column, Cell.vector, Cell.list)
  }

  /** What the values come to where all are whole numbers of up to three digits; else null. */
  smallValues(column: number): { distinct: number; rarestRows: number } | null {
    const present = this.present(column)
    if (present === 0 || this.#small[column] !== present) return null
    let distinct = 0
    let rarestRows = present
    for (let value = 0; value < SMALL_VALUES; value++) {
      const rows = this.#met[column * SMALL_VALUES + value] as number
      if (rows === 0) continue
      distinct++
      rarestRows = Math.min(rarestRows, rows)
    }
    return { distinct, rarestRows }
  }
}

type Counts = Float64Array | Uint8Array | Uint32Array | Int32Array

function copyPart(
  counts: Counts,
  { into, column, to, width }: { into: Counts; column: number; to: number; width: number },
): void {
  into.set(counts.subarray(column * width, (column + 1) * width), to * width)
}
