import {
  type ColumnType,
  type DatasetColumn,
  type Finding,
  isProse,
  kindOfType,
} from '../contracts/dataset.js'
import { Cell, MISSING_WORDS } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import type { ColumnCount } from './count-values.js'
import type { Examined } from './examine/examine.js'
import type { Notation, NotationKind } from './examine/notation.js'
import type { Outliers } from './examine/outliers.js'
import { counted, type MergedSpelling, shownSpellings } from './spelling.js'

/** From this share of missing values on, a column is mentioned, whatever its cells hold. */
const MISSING_SHARE = 0.2
/** All different values in fewer rows than this say nothing. */
const IDENTIFIER_ROWS = 20
/** Rows that stand twice, and gaps, leave so many of an identifier's values different. */
const IDENTIFIER_SHARE = 0.95
/** Text columns with more different values are mentioned. */
const MANY_VALUES = 1000
const MIXED_SHARE = 0.5

/** What the cells of an upload looked like before they were stored. */
export interface Tallied {
  readonly tally: ColumnTally
  readonly column: number
}

/** What a user should know about a column before training with it. */
export function findingsOf(
  column: DatasetColumn,
  {
    rows,
    count,
    tallied,
    spellings = [],
    outliers,
    notation,
  }: {
    /** Of the whole dataset, as the count. */
    rows: number
    count: ColumnCount
    tallied: Tallied
    spellings?: readonly MergedSpelling[] | undefined
    outliers?: Outliers | undefined
    notation?: Notation | undefined
  },
): Finding[] {
  const { name, type } = column
  const { present, distinct } = count
  const say = sayAbout(name)
  const findings = cellFindings(say, tallied, { rows, missing: rows - present })
  if (present === 0) {
    findings.unshift(say('empty', 'No row holds a value', 'Leave the column out of the features, or fill it'))
    return findings
  }
  if (distinct === 1) {
    findings.push(say('constant', 'Every value is the same', 'It tells a model nothing: leave it out'))
  } else if (notation !== undefined) {
    findings.push(notationFinding(say, { notation, present }))
  } else if (isIdentifier(type, count)) {
    const detail =
      distinct === present
        ? 'Every value occurs once, as in an identifier'
        : `${distinct} of ${present} values are different, as in an identifier or a row number`
    findings.push(
      say('identifier', detail, 'Leave it out of the features: a model would learn rows by heart'),
    )
  } else if (type === 'text' && distinct > MANY_VALUES && !isProse(count)) {
    const detail = `${distinct} different texts in ${present} rows`
    findings.push(
      say('high-cardinality', detail, 'Group rare values, or leave the column out of the features'),
    )
  }
  if (spellings.length > 0) findings.push(labelCaseFinding(name, spellings))
  if (outliers !== undefined) findings.push(outlierFinding(say, outliers))
  return findings
}

type Say = (code: string, detail: string, remedy: string) => Finding
const sayAbout =
  (column: string): Say =>
  (code, detail, remedy) => ({ code, column, detail, remedy })

/** Missing, blank and padded cells. */
function cellFindings(
  say: Say,
  { tally, column }: Tallied,
  { rows, missing }: { rows: number; missing: number },
): Finding[] {
  const findings: Finding[] = []
  const words = tally.count(column, Cell.missing)
  if (missing >= MISSING_SHARE * rows || words > 0) {
    const held = words > 0 ? `; ${words} cells hold a word for it (${MISSING_WORDS.join(' ')}) or null` : ''
    findings.push(
      say(
        'missing',
        `${missing} of ${rows} rows (${percent(missing, rows)}) have no value${held}`,
        'Check the source; training fills the gaps as impute says',
      ),
    )
  }
  const blank = tally.count(column, Cell.blank)
  if (blank > 0) {
    findings.push(
      say(
        'blank',
        `${blank} cells (${percent(blank, rows)}) are empty or hold only spaces`,
        'Check the source; a blank cell counts as a missing value',
      ),
    )
  }
  const spaced = tally.spaced(column)
  if (spaced > 0) {
    findings.push(
      say(
        'whitespace',
        `${spaced} values (${percent(spaced, rows)}) have spaces around them, which were cut off`,
        'Nothing; instances are read in the same way',
      ),
    )
  }
  return findings
}

/** @param name of the column */
const labelCaseFinding = (name: string, merged: readonly MergedSpelling[]): Finding => ({
  code: 'label-case',
  column: name,
  detail: `${counted(merged)} ${merged.length === 1 ? 'differs' : 'differ'} from a more frequent one only in case, outer spaces or a final full stop: ${shownSpellings(merged)}`,
  remedy:
    'Write each value in one way; as a target they are one class, unless the job says mergeLabels: false',
})

function outlierFinding(say: Say, { rows, low, high, minimum, maximum }: Outliers): Finding {
  const range = `${shortened(low)} to ${shortened(high)}`
  return say(
    'outliers',
    `${rows} values lie outside ${range}, three interquartile ranges beyond the quartiles; the extremes are ${shortened(minimum)} and ${shortened(maximum)}`,
    'Mend values that are wrong; else scale with the method robust or log, or clip',
  )
}

const readDates = (order: string) => `read it with the step date-parts and "texts": "${order}"`
const isoDates = 'Write dates as ISO 8601 (2024-05-31)'
const notations: Readonly<Record<NotationKind, readonly [what: string, remedy: string]>> = {
  'decimal-comma': [
    'numbers with a decimal comma',
    'Upload CSV again with decimal=comma; or read the column with the step parse-units and "decimal": ","',
  ],
  quantity: [
    'numbers with a sign, a unit or groups of digits',
    'Write plain numbers; or read the column with the step parse-units',
  ],
  'day-first': ['dates with the day first', `${isoDates}; or ${readDates('day-first')}`],
  'month-first': ['dates with the month first', `${isoDates}; or ${readDates('month-first')}`],
  'either-first': [
    'dates, which may have the day or the month first',
    `${isoDates}; or ${readDates('day-first')} or "month-first"`,
  ],
}

function notationFinding(
  say: Say,
  { notation: { kind, rows, example }, present }: { notation: Notation; present: number },
): Finding {
  const [what, remedy] = notations[kind]
  return say(
    'notation',
    `${rows} of ${present} values look like ${what}, such as ${JSON.stringify(example)}; the column is read as text`,
    remedy,
  )
}

/** Rows that repeat others. */
export function rowFindings({ duplicateRows }: Examined, rows: number): Finding[] {
  if (duplicateRows === 0) return []
  return [
    {
      code: 'duplicate-rows',
      detail: `${duplicateRows} of ${rows} rows (${percent(duplicateRows, rows)}) equal a row before them in every column`,
      remedy:
        'Remove them where one thing was counted twice; equal rows are never split between training and test',
    },
  ]
}

const shortened = (value: number): string => String(Number(value.toPrecision(5)))

const percent = (count: number, rows: number): string => {
  const share = (100 * count) / Math.max(rows, 1)
  return count > 0 && share < 0.1 ? 'less than 0.1 %' : `${Number(share.toFixed(1))} %`
}

/** Whether values name their rows: nearly all differ, and they are short texts, or integers side by side. */
export function isIdentifier(type: ColumnType, count: ColumnCount): boolean {
  const { present, distinct, span } = count
  if (present < IDENTIFIER_ROWS || (type !== 'integer' && kindOfType(type) !== 'text') || type === 'list')
    return false
  if (distinct === present) return !isProse(count)
  if (distinct < IDENTIFIER_SHARE * present) return false
  // Quantities differ as well, but only numbers of rows lie side by side.
  return type === 'integer' ? span !== undefined && span <= 2 * present : !isProse(count)
}

/** A column of text in which most values are numbers. */
export function mixedFinding(name: string, { tally, column }: Tallied): Finding | null {
  const present = tally.present(column)
  const numbers = tally.count(column, Cell.integer, Cell.number, Cell.wideInteger)
  const wide = tally.count(column, Cell.wideInteger)
  if (wide > 0 && numbers === present) {
    return {
      code: 'large-integers',
      column: name,
      detail: `${wide} integers have more digits than a double keeps, so the column is read as text`,
      remedy: 'If it is a quantity, give its type: types={"<column>":"number"}',
    }
  }
  const [dates, vectors] = [Cell.date, Cell.vector].map((kind) => tally.count(column, kind)) as [
    number,
    number,
  ]
  if (dates < present && dates >= MIXED_SHARE * present) {
    return {
      code: 'mixed',
      column: name,
      detail: `${dates} of ${present} values are dates; the column is read as text because the others are not`,
      remedy: 'If it is to hold dates, mend the others or give its type: types={"<column>":"date"}',
    }
  }
  if (vectors >= MIXED_SHARE * present) {
    return {
      code: 'mixed',
      column: name,
      detail: `${vectors} of ${present} values are lists of numbers; the column is read as text because the others are not, or are of other lengths`,
      remedy: 'If it is to hold vectors, mend the others or give its type: types={"<column>":"vector"}',
    }
  }
  if (numbers === present || numbers < MIXED_SHARE * present) return null
  return {
    code: 'mixed',
    column: name,
    detail: `${numbers} of ${present} values are numbers; the column is read as text because the others are not`,
    remedy: 'If it is to be numeric, mend the others or give its type: types={"<column>":"number"}',
  }
}
