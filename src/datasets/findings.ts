import type { ColumnType, DatasetColumn, Finding } from '../contracts/dataset.js'
import { Cell } from './cell-grammar.js'
import type { ColumnTally } from './column-tally.js'
import type { ColumnCount } from './count-values.js'

/** From this share of missing values on, a column is mentioned. */
const MISSING_SHARE = 0.2
/** All different values in fewer rows than this say nothing. */
const IDENTIFIER_ROWS = 20
/** Texts that are longer on average are prose, not names. */
const NAME_BYTES = 40
/** Text columns with more different values are mentioned. */
const MANY_VALUES = 1000
const MIXED_SHARE = 0.5

/** What a user should know about a column before training with it. */
export function findingsOf(
  column: DatasetColumn,
  { rows, count }: { rows: number; count: ColumnCount },
): Finding[] {
  const { name, type } = column
  const say = (code: string, detail: string, remedy: string): Finding => ({
    code,
    column: name,
    detail,
    remedy,
  })
  const { present, distinct } = count
  if (present === 0) {
    return [say('empty', 'No row holds a value', 'Leave the column out of the features, or fill it')]
  }
  const findings: Finding[] = []
  if (rows - present >= MISSING_SHARE * rows) {
    const share = Math.round((100 * (rows - present)) / rows)
    findings.push(
      say(
        'missing',
        `${share} % of the rows have no value`,
        'Check the source; training fills the gaps as impute says',
      ),
    )
  }
  if (distinct === 1) {
    findings.push(say('constant', 'Every value is the same', 'It tells a model nothing: leave it out'))
  } else if (isIdentifier(type, count)) {
    const detail = 'Every value occurs once, as in an identifier'
    findings.push(
      say('identifier', detail, 'Leave it out of the features: a model would learn rows by heart'),
    )
  } else if (type === 'text' && distinct > MANY_VALUES) {
    const detail = `${distinct} different texts in ${present} rows`
    findings.push(
      say('high-cardinality', detail, 'Group rare values, or leave the column out of the features'),
    )
  }
  return findings
}

const isIdentifier = (type: ColumnType, { present, distinct, meanBytes }: ColumnCount): boolean =>
  type !== 'number' &&
  type !== 'boolean' &&
  present >= IDENTIFIER_ROWS &&
  distinct === present &&
  meanBytes <= NAME_BYTES

/** A column of text in which most values are numbers. */
export function mixedFinding(
  name: string,
  { tally, column }: { tally: ColumnTally; column: number },
): Finding | null {
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
  if (numbers === present || numbers < MIXED_SHARE * present) return null
  return {
    code: 'mixed',
    column: name,
    detail: `${numbers} of ${present} values are numbers; the column is read as text because the others are not`,
    remedy: 'If it is to be numeric, mend the others or give its type: types={"<column>":"number"}',
  }
}
