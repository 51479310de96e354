import type { ColumnType } from '../contracts/dataset.js'
import { type ErrorDetail, FlywheelError } from '../contracts/errors.js'
import { Cell, holdsNothing } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import { LIMITS } from './limits.js'

/** What a column is stored as; whether a text is a category is known only when its values are counted. */
export type StoredType = Exclude<ColumnType, 'category' | 'image'>

/**
 * From this share of numbers on, a column is one of numbers, and its other values are errors.
 * Below it, the column is one of text. A column of nine values needs all of them.
 */
const NUMERIC_SHARE = 0.9

/** `integer-or-number`: numbers as soon as one has a point, for rows that are appended to a column of integers. */
export type GivenType = ColumnType | 'integer-or-number'

/** The type of every column: as given, else by what all of its cells are. */
export function inferTypes(
  names: readonly string[],
  { tally, given }: { tally: ColumnTally; given: ReadonlyMap<string, GivenType> },
): StoredType[] {
  return names.map((name, column) => {
    const type = given.get(name)
    switch (type) {
      case undefined:
        return inferType(tally, column)
      case 'integer-or-number':
        return tally.count(column, Cell.number) > 0 ? 'number' : 'integer'
      case 'category':
      // Given types were checked: no table of text holds images.
      case 'image':
        return 'text'
      default:
        return type
    }
  })
}

function inferType(tally: ColumnTally, column: number): StoredType {
  const present = tally.present(column)
  const integers = tally.count(column, Cell.integer)
  const numbers = tally.count(column, Cell.integer, Cell.number)
  if (present === 0) return 'text'
  if (tally.count(column, Cell.boolean) === present) return 'boolean'
  // Digits that a double would round away are a name, not a quantity.
  if (tally.count(column, Cell.wideInteger) > 0) return 'text'
  if (numbers < NUMERIC_SHARE * present) return 'text'
  return integers === numbers ? 'integer' : 'number'
}

/** How many cells do not fit the type, where that can be told from their kinds alone; else −1. */
export function misfits(type: StoredType, { tally, column }: { tally: ColumnTally; column: number }): number {
  const { boolean, integer, wideInteger, number, text } = Cell
  switch (type) {
    case 'text':
      return 0
    case 'number':
      return tally.count(column, boolean, text)
    case 'integer':
      return tally.count(column, number) > 0 ? -1 : tally.count(column, boolean, wideInteger, text)
    case 'boolean':
      return tally.count(column, integer) > 0 ? -1 : tally.count(column, wideInteger, number, text)
  }
}

/** Whether one cell fits; `text` gives its text, which is asked for only where the kind does not decide. */
export function fits(type: StoredType, { kind, text }: { kind: number; text: () => string }): boolean {
  if (holdsNothing(kind) || type === 'text') return true
  switch (type) {
    case 'number':
      return kind === Cell.integer || kind === Cell.number || kind === Cell.wideInteger
    case 'integer':
      return kind === Cell.integer || (kind === Cell.number && Number.isSafeInteger(Number(text())))
    case 'boolean':
      return kind === Cell.boolean || (kind === Cell.integer && /^[01]$/.test(text().trim()))
  }
}

/** What a column of the type expects of a cell, for messages. */
export const expectedOf: Readonly<Record<StoredType, string>> = {
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  text: 'text',
}

/** @throws FlywheelError dataset-invalid when types are given for columns that are not there */
export function checkGivenTypes(given: ReadonlyMap<string, ColumnType>, names: readonly string[]): void {
  const known = new Set(names)
  const errors: ErrorDetail[] = [...given.keys()]
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: `types.${name}`,
      expected: `one of the columns ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`,
      received: JSON.stringify(name),
    }))
  const image = [...given].find(([, type]) => type === 'image')
  if (image !== undefined) {
    throw new FlywheelError('dataset-invalid', `types.${image[0]}: a table of text holds no images`, {
      remedy: 'Send images as a zip or tar of class folders',
    })
  }
  if (errors.length === 0) return
  throw new FlywheelError('dataset-invalid', `types names columns that the data does not have`, {
    errors: errors.slice(0, LIMITS.listedErrors),
    remedy: 'Name only columns of the data in types',
  })
}
