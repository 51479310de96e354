import { type Static, Type } from 'typebox'
import type { Column } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { rowsWhere } from '../datasets/rows-where.js'
import { isMissingAt } from './columns/missing.js'

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
    const missing = new Uint32Array(targets.length)
    for (const column of columns) {
      const isMissing = isMissingAt(column)
      for (let row = 0; row < missing.length; row++)
        if (isMissing(row)) missing[row] = (missing[row] as number) + 1
    }
    const most = when === 'any' ? 0 : columns.length - 1
    return rowsWhere(missing.length, (row) => (missing[row] as number) <= most)
  },
} satisfies Transform<Options, null, Column>
export default dropMissing
