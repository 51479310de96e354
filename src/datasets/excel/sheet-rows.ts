import { FlywheelError } from '../../contracts/errors.js'
import { checkColumnNames } from '../column-names.js'
import { numberedColumn } from '../csv/header.js'
import { LIMITS } from '../limits.js'
import type { RowFault, RowSource, TypedRow } from '../typed-rows/typed-row.js'
import {
  type CellHandler,
  columnLetters,
  type SheetCell,
  SheetCells,
  type SheetContext,
} from './sheet-cells.js'
import type { WorkbookParts } from './workbook-parts.js'

/** What was found beside values. */
export interface SheetCounts {
  /** Cells with an error such as #N/A: missing values. */
  errors: number
  /** Cells with a formula that was never computed: missing values. */
  formulas: number
  /** Areas that were made one cell: only their first holds a value. */
  mergedAreas: number
}

/**
 * The rows of a sheet. The first row that holds anything says where the table begins and, with a header, where it ends;
 * rows that hold nothing are passed over.
 */
export function sheetRows(
  parts: WorkbookParts,
  { part, hasHeader, context }: { part: string; hasHeader: boolean; context: SheetContext },
): RowSource & { readonly counts: SheetCounts } {
  const names: string[] = []
  const counts: SheetCounts = { errors: 0, formulas: 0, mergedAreas: 0 }
  return {
    names,
    counts,
    close: () => {},
    async walk(onRow) {
      Object.assign(counts, { errors: 0, formulas: 0, mergedAreas: 0 })
      await parts.read(part, new SheetCells(context, new RowBuilder({ names, hasHeader, counts, onRow })))
    },
  }
}

class RowBuilder implements CellHandler {
  readonly #names: string[]
  readonly #hasHeader: boolean
  readonly #counts: SheetCounts
  readonly #onRow: (row: TypedRow) => void
  /** Of the table, in the sheet; −1 before its first row. */
  #firstColumn = -1
  /** The row of the sheet that names the columns; −1 before it, and without a header. */
  #headerLine = -1
  #rows = 0
  readonly #values: unknown[] = []
  #faults: RowFault[] | null = null
  /** The first and the last column of the row that hold anything; −1 for none. */
  #from = -1
  #to = -1

  constructor({
    names,
    hasHeader,
    counts,
    onRow,
  }: {
    names: string[]
    hasHeader: boolean
    counts: SheetCounts
    onRow: (row: TypedRow) => void
  }) {
    this.#names = names
    this.#hasHeader = hasHeader
    this.#counts = counts
    this.#onRow = onRow
  }

  cell(column: number, cell: SheetCell): void {
    if (cell.kind === 'value' && isBlank(cell.value)) {
      // Spaces beside the table are nothing; in it they are a blank cell.
      this.#values[column] = cell.value
      return
    }
    if (this.#from === -1) this.#from = column
    if (column < this.#to) {
      throw new FlywheelError(
        'dataset-invalid',
        `The sheet’s cells are out of order at column ${columnLetters(column)}`,
      )
    }
    this.#to = column
    if (cell.kind === 'value') this.#values[column] = cell.value
    else if (cell.kind === 'error') this.#counts.errors++
    else if (cell.kind === 'formula') this.#counts.formulas++
    else {
      this.#faults ??= []
      const { expected, received } = cell
      this.#faults.push({ ...this.#nameAt(column), expected, received })
    }
  }

  endRow(row: number): void {
    if (this.#from !== -1) this.#take(row)
    this.#values.length = 0
    this.#faults = null
    this.#from = -1
    this.#to = -1
  }

  mergedArea(): void {
    this.#counts.mergedAreas++
  }

  #take(line: number): void {
    if (this.#firstColumn === -1) this.#firstColumn = this.#from
    if (this.#hasHeader && this.#headerLine === -1) {
      this.#takeHeader(line)
      return
    }
    const names = this.#names
    if (!this.#hasHeader) this.#widen()
    const [first, end] = [this.#firstColumn, this.#firstColumn + names.length]
    const outside = this.#from < first ? this.#from : this.#to >= end ? this.#to : -1
    const values = Array.from({ length: names.length }, (_, column) => this.#values[first + column])
    const faults =
      outside === -1
        ? this.#faults
        : [...(this.#faults ?? []), beyond(outside, { first, end, headerLine: this.#headerLine })]
    this.#onRow({ row: ++this.#rows, line, values, faults })
  }

  /** Names stay as the first walk has found them. */
  #takeHeader(line: number): void {
    this.#headerLine = line
    if (this.#names.length > 0) return
    for (let column = this.#from; column <= this.#to; column++) {
      this.#names.push(String(this.#values[column] ?? '').trim())
    }
    checkColumnNames(this.#names)
  }

  /** Without a header, the widest row says how many columns there are. */
  #widen(): void {
    for (let column = this.#names.length; column <= this.#to - this.#firstColumn; column++) {
      this.#names.push(numberedColumn(column))
      if (column === LIMITS.columns) checkColumnNames(this.#names)
    }
  }

  #nameAt(column: number): { name: string } | undefined {
    const name = this.#names[column - this.#firstColumn]
    return name === undefined ? undefined : { name }
  }
}

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === ''

const beyond = (
  column: number,
  { first, end, headerLine }: { first: number; end: number; headerLine: number },
): RowFault => ({
  expected:
    `values in the columns ${columnLetters(first)} to ${columnLetters(end - 1)}` +
    (headerLine === -1 ? '' : `, which row ${headerLine} names`),
  received: `a value in column ${columnLetters(column)}`,
})
