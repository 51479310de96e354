import { Cell, holdsNothing, trimmed } from '../cell-grammar.js'
import { ColumnTally } from '../column-tally.js'
import { CleanWriter } from '../csv/clean-writer.js'
import { expectedOf, fits, type StoredType } from '../infer-types.js'
import { RowErrors } from '../row-errors.js'
import { cellOfValue, describe, type Fault, impossible, isSpaced } from './typed-cell.js'
import type { RowSource, TypedRow } from './typed-row.js'

/** Walks the rows with known types: finds every bad one, and writes the good ones as regular CSV. */
export async function checkTypedRows(
  source: RowSource,
  { types, cleanPath }: { types: readonly StoredType[]; cleanPath: string },
): Promise<{ tally: ColumnTally; errors: RowErrors }> {
  const { names } = source
  const tally = new ColumnTally(names.length)
  const errors = new RowErrors()
  const kinds = new Uint8Array(names.length)
  const writer = new CleanWriter(cleanPath)
  try {
    await source.walk((row) => {
      if (!findErrors(row, { names, types, kinds, errors })) writeRow(writer, { row, kinds, tally })
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
    kinds,
    errors,
  }: {
    names: readonly string[]
    types: readonly StoredType[]
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
    if (fits(type, { kind, text: () => String(value) })) continue
    add(names[column], { expected: expectedOf[type], received: describe(value) })
  }
  return isBad
}

/** Texts are trimmed and quoted, numbers as they stand, what is missing is empty. */
function writeRow(
  writer: CleanWriter,
  { row: { values }, kinds, tally }: { row: TypedRow; kinds: Uint8Array; tally: ColumnTally },
): void {
  for (let column = 0; column < kinds.length; column++) {
    const kind = kinds[column] as Cell
    const value = values[column]
    tally.addCell(column, kind)
    if (holdsNothing(kind)) writer.plain('')
    else if (kind === Cell.text) {
      if (isSpaced(value)) tally.addSpaced(column)
      writer.text(trimmed(value as string))
    } else writer.plain(String(value))
  }
  writer.endRow()
}
