import { type Static, Type } from 'typebox'
import type { Column } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { isMissingAt } from './columns/missing.js'
import { rowsWhere } from './columns/rows.js'

const Options = Type.Object(
  {
    when: Type.Enum(['any', 'all'], {
      default: 'any',
      description: 'Drops a row when a value in any of the columns is missing, or when all of them are',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const dropMissing = {
  name: 'drop-missing',
  summary:
    'Leaves training rows with missing values out, and says in the report how many. Rows that are validated, tested or ' +
    'served stay, so columns that may have missing values there still need an impute step after it.',
  options: Options,
  accepts: 'every',
  fit: () => null,
  apply: (columns) => columns,
  trainingRows(columns, _state, { when }, { targets }) {
    const tests = columns.map(isMissingAt)
    return rowsWhere(targets.length, (row) =>
      when === 'any'
        ? !tests.some((isMissing) => isMissing(row))
        : !tests.every((isMissing) => isMissing(row)),
    )
  },
} satisfies Transform<Options, null, Column>
export default dropMissing
