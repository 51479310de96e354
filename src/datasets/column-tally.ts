import { CELL_KINDS, Cell, isSpaceByte } from './cell-grammar.js'
import type { RecordScanner } from './csv/record-scanner.js'

/** Counts, for each column, what its cells are. Columns can be added as they are met. */
export class ColumnTally {
  /** `counts[column * CELL_KINDS + kind]` */
  #counts: Float64Array
  /** 1 where a cell began or ended with a space or a tab. */
  #padded: Uint8Array

  constructor(columns: number) {
    this.#counts = new Float64Array(columns * CELL_KINDS)
    this.#padded = new Uint8Array(columns)
  }

  /** Makes room for one column more. */
  addColumn(): void {
    const columns = this.#padded.length + 1
    const counts = new Float64Array(columns * CELL_KINDS)
    const padded = new Uint8Array(columns)
    counts.set(this.#counts)
    padded.set(this.#padded)
    this.#counts = counts
    this.#padded = padded
  }

  addCell(column: number, kind: Cell): void {
    const at = column * CELL_KINDS + kind
    this.#counts[at] = (this.#counts[at] as number) + 1
  }

  addRecord({ bytes, cells }: { bytes: Buffer; cells: RecordScanner }): void {
    const counts = this.#counts
    const { kinds, starts, ends } = cells
    for (let column = 0, base = 0; column < this.#padded.length; column++, base += CELL_KINDS) {
      const at = base + (kinds[column] as number)
      counts[at] = (counts[at] as number) + 1
      const start = starts[column] as number
      const end = ends[column] as number
      if (end > start && (isSpaceByte(bytes[start] as number) || isSpaceByte(bytes[end - 1] as number))) {
        this.#padded[column] = 1
      }
    }
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
}
