import { type ColumnType, type DatasetColumn, kindOfType } from '../contracts/dataset.js'
import { type ErrorDetail, FlywheelError } from '../contracts/errors.js'
import { Cell, holdsNothing } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import { LIMITS } from './limits.js'

/** What a column is stored as; whether a text is a category, a list or an identifier is known when its values are counted. */
export type StoredType = Exclude<ColumnType, 'category' | 'identifier' | 'list' | 'image'>

/**
 * From this share of numbers on, a column is one of numbers, and its other values are errors.
 * Below it, the column is one of text. A column of nine values needs all of them.
 */
const NUMERIC_SHARE = 0.9

/** `integer-or-number`: numbers as soon as one has a point, for rows that are appended to a column of integers. */
export type GivenType = ColumnType | 'integer-or-number'

/**
 * The type of every column: as given, else by what all of its cells are.
 *
 * @param options.areListsApart whether lists beside single values are errors: where values have types of their own
 */
export function inferTypes(
  names: readonly string[],
  {
    tally,
    given,
    areListsApart = false,
  }: { tally: ColumnTally; given: ReadonlyMap<string, GivenType>; areListsApart?: boolean },
): StoredType[] {
  return names.map((name, column) => {
    const type = given.get(name)
    if (type === undefined) return inferType(tally, { column, areListsApart })
    if (type === 'integer-or-number') return tally.count(column, Cell.number) > 0 ? 'number' : 'integer'
    // Given types were checked: no table of text holds images.
    return kindOfType(type) === 'text' ? 'text' : (type as StoredType)
  })
}

function inferType(
  tally: ColumnTally,
  { column, areListsApart }: { column: number; areListsApart: boolean },
): StoredType {
  const present = (areListsApart && tally.singles(column)) || tally.present(column)
  const integers = tally.count(column, Cell.integer)
  const numbers = tally.count(column, Cell.integer, Cell.number)
  if (present === 0) return 'text'
  if (tally.count(column, Cell.boolean) === present) return 'boolean'
  if (tally.count(column, Cell.date) === present) return 'date'
  const isVector = tally.count(column, Cell.vector) === tally.present(column)
  if (isVector && tally.isUniform(column)) return 'vector'
  // Digits that a double would round away are a name, not a quantity.
  if (tally.count(column, Cell.wideInteger) > 0) return 'text'
  if (numbers < NUMERIC_SHARE * present) return 'text'
  return integers === numbers ? 'integer' : 'number'
}

/** How many cells do not fit the type, where that can be told from their kinds alone; else −1. */
export function misfits(type: StoredType, { tally, column }: { tally: ColumnTally; column: number }): number {
  const { boolean, integer, wideInteger, number } = Cell
  const present = tally.present(column)
  switch (type) {
    case 'text':
      return 0
    case 'number':
      return present - tally.count(column, integer, wideInteger, number)
    case 'integer':
      return tally.count(column, number) > 0 ? -1 : present - tally.count(column, integer)
    case 'boolean':
      return tally.count(column, integer) > 0 ? -1 : present - tally.count(column, boolean)
    case 'date':
      return present - tally.count(column, Cell.date)
    case 'vector':
      return tally.isUniform(column) ? present - tally.count(column, Cell.vector) : -1
  }
}

/** Numbers that each value of a column must have; 0 where it holds no vectors. */
export type Lengths = Int32Array

/** @param known of the dataset that rows are appended to; else those of the first values hold */
export const vectorLengths = (
  names: readonly string[],
  {
    types,
    tally,
    known = [],
  }: {
    types: readonly StoredType[]
    tally: ColumnTally
    known?: readonly Pick<DatasetColumn, 'name' | 'length'>[] | undefined
  },
): Lengths =>
  Int32Array.from(names, (name, column) =>
    types[column] === 'vector'
      ? (known.find((other) => other.name === name)?.length ?? tally.vectorLength(column))
      : 0,
  )

/**
 * Whether one cell fits.
 *
 * @param cell.text gives its text, which is asked for only where the kind does not decide
 * @param cell.length numbers that a vector must have
 */
export function fits(
  type: StoredType,
  { kind, text, length }: { kind: number; text: () => string; length: number },
): boolean {
  if (holdsNothing(kind) || type === 'text') return true
  switch (type) {
    case 'number':
      return kind === Cell.integer || kind === Cell.number || kind === Cell.wideInteger
    case 'integer':
      return kind === Cell.integer || (kind === Cell.number && Number.isSafeInteger(Number(text())))
    case 'boolean':
      return kind === Cell.boolean || (kind === Cell.integer && /^[01]$/.test(text().trim()))
    case 'date':
      return kind === Cell.date
    case 'vector':
      return kind === Cell.vector && text().split(',').length === length
  }
}

const expected: Readonly<Record<StoredType, string>> = {
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  text: 'text',
  date: 'a date as ISO 8601, 2024-05-31 or 2024-05-31T12:30:00Z',
  vector: 'a list of numbers',
}

/** What a column of the type expects of a cell, for messages. @param length numbers that a vector must have */
export const expectedOf = (type: StoredType, length: number): string =>
  type === 'vector' && length > 0 ? `a list of ${length} numbers` : expected[type]

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
