import type { ColumnRule } from '../../contracts/split.js'
import type { ScalarColumn } from '../../contracts/table.js'
import { byContent } from './by-hash.js'
import { COLUMN_PATH, refused, refuseWhere, type Splitter, type SplitterOptions } from './splitter.js'

type Part = 'training' | 'validation' | 'test'

/** What a column may say, in any case and with spaces around it. */
const partOfWord: Readonly<Record<string, Part>> = {
  train: 'training',
  training: 'training',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
}

/** The part of a text; undefined for one that names none. */
const partOf = (text: string): Part | undefined => partOfWord[text.trim().toLowerCase()]

/**
 * A column says of each row which part it is in; without validation rows there, they are chosen by chance from the
 * training rows, each class alike. Each value of it is a fold.
 */
export function byColumn({
  column,
  content,
  strata,
}: Omit<SplitterOptions, 'by'> & { column: ScalarColumn }): Splitter {
  const { name } = column
  const is = isInPart(column)
  const checked = (rows: Int32Array): Int32Array => {
    const known = (['training', 'validation', 'test'] as const).map(is)
    refuseWhere(rows, (row) => !known.some((isIn) => isIn(row)), {
      expected: `train, validation or test of ${name} in every row with a target`,
      received: (row) => shownValue(column, row),
    })
    return rows
  }
  return {
    isOrdered: false,
    test(rows, { seed }) {
      const isTest = is('test')
      const taken = checked(rows).filter(isTest)
      const others = rows.filter((row) => !isTest(row))
      if (taken.length === 0) throw refused(COLUMN_PATH, `rows that are test in ${name}`, 'none')
      if (!others.some(is('training'))) throw refused(COLUMN_PATH, `rows that are train in ${name}`, 'none')
      const columns = [name, ...content.columns.map((each) => each.name)]
      const rule: ColumnRule = { by: 'column', seed, columns }
      return { taken, others, rule }
    },
    validation(rows, chance) {
      const isValidation = is('validation')
      const taken = rows.filter(isValidation)
      if (taken.length === 0) return byContent('stratified', { content, strata }).validation(rows, chance)
      return { taken, others: rows.filter((row) => !isValidation(row)) }
    },
    folds(rows, { folds, path }) {
      const values = valuesOf(column)
      refuseWhere(rows, (row) => values(row) === null, {
        expected: `a value of ${name} in every row with a target`,
        received: () => 'none',
      })
      const different = [...new Set(Array.from(rows, values))].sort(ascending)
      if (different.length !== folds) {
        throw refused(path, `as many folds as ${name} has values: ${different.length}`, folds)
      }
      const foldOf = new Map(different.map((value, fold) => [value, fold]))
      return Int32Array.from(rows, (row) => foldOf.get(values(row)) as number)
    },
  }
}

/** Tells the rows of a part. */
export function isInPart(column: ScalarColumn): (part: Part) => (row: number) => boolean {
  if (column.kind === 'numeric') return () => () => false
  const { codes, dictionary } = column
  const parts = dictionary.map(partOf)
  return (part) => (row) => parts[codes[row] as number] === part
}

const valuesOf = (column: ScalarColumn): ((row: number) => string | number | null) =>
  column.kind === 'text'
    ? (row) => column.dictionary[column.codes[row] as number] ?? null
    : (row) => (Number.isNaN(column.values[row]) ? null : (column.values[row] as number))

function shownValue(column: ScalarColumn, row: number): string {
  const value = valuesOf(column)(row)
  return value === null ? 'none' : JSON.stringify(value)
}

const ascending = (a: string | number | null, b: string | number | null): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1
