import { shown } from '../../contracts/errors.js'
import { Cell, cellOfText } from '../cell-grammar.js'
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
    for (const [name, value] of Object.entries(row)) {
      let column = columns.get(name)
      if (column === undefined) {
        // One more than is accepted is kept, so that the names' check can refuse them.
        if (names.length > LIMITS.columns) continue
        column = names.push(name) - 1
        columns.set(name, column)
      }
      tally.addCell(column, cellOfValue(value) as Cell)
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
  const writer = new CleanWriter(cleanPath)
  try {
    await readJsonLines(path, (line) => {
      const found = lineErrors(line, { columns, types, kinds })
      for (const error of found) errors.add(line.row, error)
      if (found.length > 0) return
      const row = line.value as Record<string, Primitive>
      for (let column = 0; column < names.length; column++) {
        const kind = kinds[column] as Cell
        tally.addCell(column, kind)
        const name = names[column] as string
        writeCell(writer, { value: Object.hasOwn(row, name) ? (row[name] as Primitive) : null, kind })
      }
      writer.endRow()
    })
  } finally {
    writer.close()
  }
  return { tally, errors }
}

type Primitive = string | number | boolean | null

function writeCell(writer: CleanWriter, { value, kind }: { value: Primitive; kind: Cell }): void {
  if (kind === Cell.missing) writer.plain('')
  else if (typeof value === 'string') writer.text(value)
  else writer.plain(String(value))
}

/** A row's values as an object, or null when it is something else or holds what no cell can hold. */
function flatObject(value: unknown): Record<string, Primitive> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  for (const entry of Object.values(value)) if (cellOfValue(entry) === null) return null
  return value as Record<string, Primitive>
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
      if (value.includes('\u0000') || Buffer.byteLength(value) > LIMITS.cellBytes) return null
      return value.length < 12 && cellOfText(value) === Cell.missing ? Cell.missing : Cell.text
    default:
      return value === null ? Cell.missing : null
  }
}

type Found = { path: string; expected: string; received: string }

/** Fills in the kind of every column; what is wrong with the row, empty when it is good. */
function lineErrors(
  { row, value, fault, shown: beginning }: JsonLine,
  {
    columns,
    types,
    kinds,
  }: { columns: ReadonlyMap<string, number>; types: readonly StoredType[]; kinds: Uint8Array },
): Found[] {
  const path = `row ${row}`
  if (fault === 'too-long') {
    return [{ path, expected: `at most ${LIMITS.recordBytes} bytes`, received: shown(beginning()) }]
  }
  if (fault === 'not-json') return [{ path, expected: 'one JSON object', received: shown(beginning()) }]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, expected: 'a JSON object', received: describe(value) }]
  }
  kinds.fill(Cell.missing)
  const errors: Found[] = []
  for (const [name, entry] of Object.entries(value)) {
    const column = columns.get(name)
    const at = `${path}, ${name}`
    if (column === undefined) {
      errors.push({ path: at, expected: 'a column of the dataset', received: describe(entry) })
      continue
    }
    const kind = cellOfValue(entry)
    if (kind === null) errors.push({ path: at, ...impossible(entry) })
    else {
      kinds[column] = kind
      const type = types[column] as StoredType
      if (!fits(type, { kind, text: () => String(entry) })) {
        errors.push({ path: at, expected: expectedOf[type], received: describe(entry) })
      }
    }
  }
  return errors
}

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
