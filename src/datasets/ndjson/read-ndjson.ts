import { shown } from '../../contracts/errors.js'
import { Cell, holdsNothing, isMissing, trimmed } from '../cell-grammar.js'
import { ColumnTally } from '../column-tally.js'
import { CleanWriter } from '../csv/clean-writer.js'
import { expectedOf, fits, type StoredType } from '../infer-types.js'
import { LIMITS } from '../limits.js'
import { RowErrors } from '../row-errors.js'
import { type JsonLine, readJsonLines } from './read-lines.js'

/** What the first reading of a file tells: its columns in the order in which they are met, and their cells. */
export interface JsonSurvey {
  readonly names: readonly string[]
  readonly tally: ColumnTally
  readonly rows: number
  /** Rows that are no flat object; they are not in the tally. */
  readonly brokenRows: number
}

/** @param known the columns of the dataset that rows are appended to; other names are errors then */
export async function surveyNdjson(path: string, known?: readonly string[]): Promise<JsonSurvey> {
  const names = [...(known ?? [])]
  const columns = new Map(names.map((name, column) => [name, column]))
  const tally = new ColumnTally(LIMITS.columns + 1)
  let brokenRows = 0
  const rows = await readJsonLines(path, (line) => {
    const row = line.fault === null ? flatObject(line.value) : null
    if (row === null || (known && !Object.keys(row).every((name) => columns.has(name)))) {
      brokenRows++
      return
    }
    for (const name in row) {
      let column = columns.get(name)
      if (column === undefined) {
        // One more than is accepted is kept, so that the names' check can refuse them.
        if (names.length > LIMITS.columns) continue
        column = names.push(name) - 1
        columns.set(name, column)
      }
      const value = row[name]
      tally.addCell(column, cellOfValue(value) as Cell)
      if (isSpaced(value)) tally.addSpaced(column)
    }
  })
  return { names, tally, rows, brokenRows }
}

/** Reads the file once more, now with types: finds every bad row, and writes the good ones as regular CSV. */
export async function checkNdjson(
  path: string,
  { names, types, cleanPath }: { names: readonly string[]; types: readonly StoredType[]; cleanPath: string },
): Promise<{ tally: ColumnTally; errors: RowErrors }> {
  const tally = new ColumnTally(names.length)
  const errors = new RowErrors()
  const columns = new Map(names.map((name, column) => [name, column]))
  const kinds = new Uint8Array(names.length)
  const values = new Array<unknown>(names.length)
  const writer = new CleanWriter(cleanPath)
  try {
    await readJsonLines(path, (line) => {
      const found = lineErrors(line, { columns, types, kinds, values })
      for (const error of found) errors.add(line.row, error)
      if (found.length > 0) return
      for (let column = 0; column < names.length; column++) {
        const kind = kinds[column] as Cell
        tally.addCell(column, kind)
        if (holdsNothing(kind)) writer.plain('')
        else if (kind === Cell.text) {
          if (isSpaced(values[column])) tally.addSpaced(column)
          writer.text(trimmed(values[column] as string))
        } else writer.plain(String(values[column]))
      }
      writer.endRow()
    })
  } finally {
    writer.close()
  }
  return { tally, errors }
}

type Primitive = string | number | boolean | null

/** A row's values as an object, or null when it is something else or holds what no cell can hold. */
function flatObject(value: unknown): Record<string, Primitive> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const row = value as Record<string, Primitive>
  for (const name in row) if (cellOfValue(row[name]) === null) return null
  return row
}

/** A JSON value's kind: text is text, even "7"; null for what no cell can hold. */
function cellOfValue(value: unknown): Cell | null {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) return null
      return Number.isSafeInteger(value) ? Cell.integer : Cell.number
    case 'boolean':
      return Cell.boolean
    case 'string':
      if (value.includes('\u0000') || isTooLong(value)) return null
      return cellOfText(trimmed(value))
    default:
      return value === null ? Cell.missing : null
  }
}

/** Text is text in JSON, whatever it looks like. */
function cellOfText(text: string): Cell {
  if (text === '') return Cell.blank
  return isMissing(text) ? Cell.missing : Cell.text
}

/** Whether spaces stand around a value, as they are cut off. */
const isSpaced = (value: unknown): boolean =>
  typeof value === 'string' && trimmed(value) !== value && cellOfValue(value) === Cell.text

/** A UTF-16 unit is at most three bytes of UTF-8. */
const isTooLong = (text: string): boolean =>
  text.length > LIMITS.cellBytes / 3 && Buffer.byteLength(text) > LIMITS.cellBytes

type Found = { path: string; expected: string; received: string }

/** Fills in the kind and value of every column; what is wrong with the row, empty when it is good. */
function lineErrors(
  { row, text, value, fault }: JsonLine,
  {
    columns,
    types,
    kinds,
    values,
  }: {
    columns: ReadonlyMap<string, number>
    types: readonly StoredType[]
    kinds: Uint8Array
    values: unknown[]
  },
): Found[] {
  const path = `row ${row}`
  if (fault === 'too-long') {
    return [
      { path, expected: `at most ${LIMITS.recordBytes} bytes`, received: shown(text.trim().slice(0, 200)) },
    ]
  }
  if (fault === 'not-json')
    return [{ path, expected: 'one JSON object', received: shown(text.trim().slice(0, 200)) }]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, expected: 'a JSON object', received: describe(value) }]
  }
  kinds.fill(Cell.missing)
  const errors: Found[] = []
  const cells = value as Record<string, unknown>
  for (const name in cells) {
    const entry = cells[name]
    const column = columns.get(name)
    const kind = cellOfValue(entry)
    if (column === undefined || kind === null) {
      const wrong = kind === null ? impossible(entry) : unknownColumn(entry)
      errors.push({ path: `${path}, ${name}`, ...wrong })
      continue
    }
    kinds[column] = kind
    values[column] = entry
    const type = types[column] as StoredType
    if (!fits(type, { kind, text: () => String(entry) })) {
      errors.push({ path: `${path}, ${name}`, expected: expectedOf[type], received: describe(entry) })
    }
  }
  return errors
}

const unknownColumn = (value: unknown) => ({ expected: 'a column of the dataset', received: describe(value) })

function impossible(value: unknown): { expected: string; received: string } {
  if (typeof value === 'number')
    return { expected: 'a finite number', received: 'a number that is too large' }
  if (typeof value !== 'string') {
    return { expected: 'a number, a text, true, false or null', received: describe(value) }
  }
  return value.includes('\u0000')
    ? { expected: 'a text without NUL characters', received: shown(value.slice(0, 200)) }
    : { expected: `at most ${LIMITS.cellBytes} bytes`, received: shown(value.slice(0, 200)) }
}

/** Never walks into a value: it may be nested without end. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return shown(typeof value === 'string' ? value.slice(0, 200) : value)
}
