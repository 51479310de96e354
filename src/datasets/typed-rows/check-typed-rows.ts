import { Cell, holdsNothing } from '../cell-grammar.js'
import { ColumnTally } from '../column-tally.js'
import { CleanWriter } from '../csv/clean-writer.js'
import { expectedOf, fits, type Lengths, type StoredType } from '../infer-types.js'
import { isoTime } from '../iso-time.js'
import { RowErrors } from '../row-errors.js'
import { cellOfValue, describe, type Fault, impossible, isSpaced, storedText } from './typed-cell.js'
import type { RowSource, TypedRow } from './typed-row.js'

/** What the values of a row must be. */
interface Columns {
  readonly types: readonly StoredType[]
  readonly lengths: Lengths
  /** By column: whether texts may be lists. */
  readonly listsFit: readonly boolean[]
}

/** Walks the rows with known types: finds every bad one, and writes the good ones as regular CSV. */
export async function checkTypedRows(
  source: RowSource,
  { cleanPath, ...columns }: Columns & { cleanPath: string },
): Promise<{ tally: ColumnTally; errors: RowErrors }> {
  const { names } = source
  const tally = new ColumnTally(names.length)
  const errors = new RowErrors()
  const kinds = new Uint8Array(names.length)
  const writer = new CleanWriter(cleanPath)
  try {
    await source.walk((row) => {
      if (!findErrors(row, { ...columns, names, kinds, errors })) {
        writeRow(writer, { row, types: columns.types, kinds, tally })
      }
    })
  } finally {
    writer.close()
  }
  return { tally, errors }
}

/** Fills in the kinds, and says whether anything is wrong with the row. */
function findErrors(
  { row, line, values, faults }: TypedRow,
  {
    names,
    types,
    lengths,
    listsFit,
    kinds,
    errors,
  }: Columns & {
    names: readonly string[]
    kinds: Uint8Array
    errors: RowErrors
  },
): boolean {
  let isBad = false
  const add = (name: string | undefined, { expected, received }: Fault) => {
    isBad = true
    const path = name === undefined ? `row ${row}` : `row ${row}, ${name}`
    // Where every row is a line of its own, its number says it all.
    errors.add(row, { path, ...(line === null || line === row ? {} : { line }), expected, received })
  }
  for (const fault of faults ?? []) add(fault.name, fault)
  for (let column = 0; column < names.length; column++) {
    const value = values[column]
    const kind = cellOfValue(value)
    if (kind === null) {
      add(names[column], impossible(value))
      continue
    }
    kinds[column] = kind
    const type = types[column] as StoredType
    const length = lengths[column] as number
    if (Array.isArray(value) && type === 'text' && listsFit[column] === false) {
      add(names[column], { expected: 'a single value, as in other rows', received: describe(value) })
      continue
    }
    if (fits(type, { kind, text: () => String(value), length })) continue
    add(names[column], { expected: expectedOf(type, length), received: describe(value) })
  }
  return isBad
}

/** Texts are trimmed and quoted, numbers as they stand, dates as milliseconds, what is missing is empty. */
function writeRow(
  writer: CleanWriter,
  {
    row: { values },
    types,
    kinds,
    tally,
  }: { row: TypedRow; types: readonly StoredType[]; kinds: Uint8Array; tally: ColumnTally },
): void {
  for (let column = 0; column < kinds.length; column++) {
    const kind = kinds[column] as Cell
    const value = values[column]
    tally.addCell(column, kind)
    if (holdsNothing(kind)) writer.plain('')
    else if (kind === Cell.text || kind > Cell.blank) {
      if (isSpaced(value)) tally.addSpaced(column)
      if (kind === Cell.vector) tally.addVector(column, (value as readonly number[]).length)
      if (types[column] === 'date') writer.plain(String(isoTime(value as string)))
      else writer.text(storedText(value))
    } else writer.plain(String(value))
  }
  writer.endRow()
}
