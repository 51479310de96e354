import { CELL_KINDS, Cell, holdsNothing, isSpaceByte } from './cell-grammar.js'
import type { RecordScanner } from './csv/record-scanner.js'

/** Whole numbers below this, in up to three digits, are told apart while they are tallied. */
const SMALL_VALUES = 1000
const SMALL_DIGITS = 3
const ZERO = 0x30

/** Counts, for each column, what its cells are. */
export class ColumnTally {
  readonly #columns: number
  /** `counts[column * CELL_KINDS + kind]` */
  readonly #counts: Float64Array
  /** 1 where a cell began or ended with a space or a tab. */
  readonly #padded: Uint8Array
  /** Cells that hold a value with spaces around it. */
  readonly #spaced: Float64Array
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
    return this.count(column, Cell.boolean, Cell.integer, Cell.wideInteger, Cell.number, Cell.text)
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

type Counts = Float64Array | Uint8Array | Uint32Array

function copyPart(
  counts: Counts,
  { into, column, to, width }: { into: Counts; column: number; to: number; width: number },
): void {
  into.set(counts.subarray(column * width, (column + 1) * width), to * width)
}
