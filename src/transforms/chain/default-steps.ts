import type { DatasetColumn } from '../../contracts/dataset.js'
import type { RowKind } from '../../contracts/family.js'
import type { TransformStep } from './steps.js'

/** Free text seldom repeats: only values with that many training rows can say something about others. */
const TEXT_MIN_ROWS = 5

/** Where a date stands among all of them, and in its year, week and day. */
const DATE_PARTS = ['days', 'month', 'day', 'weekday', 'hour']
const elementsOf = ({ name }: DatasetColumn): string => `${name}[*]`

/**
 * The preprocessing that a job gets which names none, by column type: numbers are imputed with their median and
 * standardised, booleans imputed with the most frequent value, dates taken apart and their days standardised, vectors
 * standardised number by number, lists become one column for each of their items, text one for each value.
 */
export function defaultSteps(columns: readonly DatasetColumn[]): TransformStep[] {
  const named = (...types: readonly DatasetColumn['type'][]) =>
    columns.filter(({ type }) => types.includes(type)).map(({ name }) => name)
  const steps: TransformStep[] = [
    {
      name: 'impute',
      columns: named('number', 'integer'),
      options: { strategy: 'median', indicator: true },
    },
    { name: 'scale', columns: named('number', 'integer'), options: { method: 'standard' } },
    {
      name: 'impute',
      columns: named('boolean'),
      options: { strategy: 'most-frequent', indicator: true },
    },
    { name: 'impute', columns: named('date'), options: { strategy: 'median', indicator: true } },
    { name: 'date-parts', columns: named('date'), options: { parts: DATE_PARTS } },
    { name: 'scale', columns: named('date').map((name) => `${name}:days`), options: { method: 'standard' } },
    { name: 'elements', columns: named('vector'), options: {} },
    {
      name: 'impute',
      columns: columns.filter(({ type, missing }) => type === 'vector' && missing > 0).map(elementsOf),
      options: { strategy: 'median', indicator: false },
    },
    {
      name: 'scale',
      columns: columns.filter(({ type }) => type === 'vector').map(elementsOf),
      options: { method: 'standard' },
    },
    { name: 'multi-hot', columns: named('list'), options: {} },
    { name: 'one-hot', columns: named('category'), options: {} },
    { name: 'one-hot', columns: named('text', 'identifier'), options: { minRows: TEXT_MIN_ROWS } },
  ]
  return steps.filter(({ columns: names }) => names.length > 0)
}

/**
 * The preprocessing of images: they are decoded; of pixels in columns, whole numbers are taken for 0 to 255 and brought
 * to 0 to 1, others stay as they are. Each column treated alone would lose what pixels are beside each other.
 */
export function defaultImageSteps(columns: readonly DatasetColumn[]): TransformStep[] {
  const named = (type: DatasetColumn['type']) =>
    columns.filter((column) => column.type === type).map(({ name }) => name)
  const steps: TransformStep[] = [
    { name: 'image', columns: named('image'), options: {} },
    { name: 'scale', columns: named('integer'), options: { divideBy: 255 } },
  ]
  return steps.filter(({ columns: names }) => names.length > 0)
}

/** Longer texts have words enough: n-grams of characters would make their rows many times as long. */
const SHORT_TEXT_BYTES = 500

/**
 * The preprocessing of a text that is learnt from alone: weighted terms for families that take bags, else tokens. Short
 * texts are told apart by n-grams of characters as well, which find words in all their forms.
 *
 * @param rows what the family takes
 */
export function defaultTextSteps(
  { name, meanBytes = 0 }: DatasetColumn,
  rows: readonly RowKind[],
): TransformStep[] {
  if (!rows.includes('bag')) return [{ name: 'tokenise', columns: [name], options: {} }]
  const analyzer = meanBytes <= SHORT_TEXT_BYTES ? 'word-and-char-wb' : 'word'
  return [{ name: 'tf-idf', columns: [name], options: { analyzer } }]
}
