import { FlywheelError, shown } from '../../contracts/errors.js'
import { LIMITS } from '../limits.js'
import type { NumberMeaning } from './date-formats.js'
import { isoOf } from './serial-date.js'
import { TextCollector, unescaped } from './shared-texts.js'
import { unusableWorkbook } from './workbook-parts.js'
import { attributesOf, type XmlHandler } from './xml-reader.js'

/** A value of a cell, or why it has none. */
export type SheetCell =
  | { readonly kind: 'value'; readonly value: number | string | boolean }
  | { readonly kind: 'error' }
  | { readonly kind: 'formula' }
  | { readonly kind: 'fault'; readonly expected: string; readonly received: string }

/** What a sheet is read with. */
export interface SheetContext {
  readonly texts: readonly string[]
  readonly meanings: readonly NumberMeaning[]
  readonly is1904: boolean
}

/** Columns of a sheet, and rows: more there can not be (Excel's own limits). */
const MAX_COLUMNS = 16_384
const MAX_ROWS = 1_048_576

/** Gets what stands in a sheet, row by row. */
export interface CellHandler {
  /** @param column from 0 */
  cell(column: number, cell: SheetCell): void
  /** @param row the number that the sheet shows, from 1 */
  endRow(row: number): void
  mergedArea(): void
}

/** Reads the cells out of a sheet's XML (ECMA-376 part 1, 18.3.1). Cells without a content are not mentioned. */
export class SheetCells implements XmlHandler {
  readonly #context: SheetContext
  readonly #handler: CellHandler
  readonly #inline = new TextCollector()
  #row = 0
  #column = -1
  #type = 'n'
  #style = 0
  #value: string | null = null
  #hasFormula = false
  #isWithinValue = false

  constructor(context: SheetContext, handler: CellHandler) {
    this.#context = context
    this.#handler = handler
  }

  open(name: string, text: string): void {
    switch (name) {
      case 'row':
        this.#beginRow(attributesOf(text).r)
        return
      case 'c':
        this.#beginCell(attributesOf(text))
        return
      case 'v':
        this.#isWithinValue = true
        this.#value = ''
        return
      case 'f':
        this.#hasFormula = true
        return
      case 'is':
        this.#inline.begin()
        this.#value = ''
        return
      case 'mergeCell':
        this.#handler.mergedArea()
        return
      default:
        this.#inline.open(name)
    }
  }

  text(text: string): void {
    if (!this.#isWithinValue) this.#inline.text(text)
    else if ((this.#value?.length ?? 0) <= LIMITS.cellBytes) this.#value = (this.#value ?? '') + text
  }

  close(name: string): void {
    switch (name) {
      case 'row':
        this.#handler.endRow(this.#row)
        return
      case 'c':
        this.#endCell()
        return
      case 'v':
        this.#isWithinValue = false
        return
      case 'is':
        this.#value = this.#inline.end()
        return
      default:
        this.#inline.close(name)
    }
  }

  #beginRow(r: string | undefined): void {
    const row = r === undefined ? this.#row + 1 : Number(r)
    if (!Number.isInteger(row) || row <= this.#row || row > MAX_ROWS) {
      throw unusableWorkbook(`a row behind row ${this.#row} has the number ${shown(r ?? row)}`)
    }
    this.#row = row
    this.#column = -1
  }

  #beginCell({ r, t = 'n', s = '0' }: Record<string, string>): void {
    this.#column = r === undefined ? this.#column + 1 : columnOf(r)
    if (this.#column >= MAX_COLUMNS) {
      throw new FlywheelError(
        'dataset-invalid',
        `The sheet has more than ${MAX_COLUMNS} columns; at most ${LIMITS.columns} are accepted`,
      )
    }
    this.#type = t
    this.#style = Number(s)
    this.#value = null
    this.#hasFormula = false
  }

  #endCell(): void {
    if (this.#value !== null && !(this.#value === '' && this.#type === 'n')) {
      this.#handler.cell(this.#column, this.#cellOf(this.#value))
    } else if (this.#hasFormula) this.#handler.cell(this.#column, { kind: 'formula' })
  }

  #cellOf(text: string): SheetCell {
    switch (this.#type) {
      case 's': {
        const value = this.#context.texts[Number(text)]
        return value === undefined || text === ''
          ? fault('the number of a shared text', text)
          : { kind: 'value', value }
      }
      case 'inlineStr':
      case 'd':
        return { kind: 'value', value: text }
      case 'str':
        return { kind: 'value', value: unescaped(text) }
      case 'b':
        return /^(0|1|true|false)$/.test(text)
          ? { kind: 'value', value: text === '1' || text === 'true' }
          : fault('true or false', text)
      case 'e':
        return { kind: 'error' }
      case 'n':
        return this.#numberOf(text)
      default:
        return fault('a cell of a known type', this.#type)
    }
  }

  #numberOf(text: string): SheetCell {
    const value = Number(text)
    if (!/^\s*[-+]?[\d.]/.test(text) || !Number.isFinite(value)) return fault('a number', text)
    const meaning = this.#context.meanings[this.#style] ?? 'number'
    if (meaning === 'number') return { kind: 'value', value }
    const iso = isoOf(value, { meaning, is1904: this.#context.is1904 })
    return iso === null ? fault('a date from 1900 to 9999', text) : { kind: 'value', value: iso }
  }
}

const fault = (expected: string, text: string): SheetCell => ({
  kind: 'fault',
  expected,
  received: shown(text.slice(0, 200)),
})

/** "AB12" is column 27. */
function columnOf(reference: string): number {
  let column = 0
  let at = 0
  for (; at < reference.length && at < 8; at++) {
    const letter = (reference.charCodeAt(at) & ~0x20) - 0x40
    if (letter < 1 || letter > 26) break
    column = 26 * column + letter
  }
  if (at === 0) throw unusableWorkbook(`a cell has the name ${shown(reference.slice(0, 40))}`)
  return column - 1
}

/** The letters of a column. */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(0x41 + (column % 26))
  return column < 26 ? letter : columnLetters(Math.floor(column / 26) - 1) + letter
}
