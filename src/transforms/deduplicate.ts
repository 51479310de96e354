import { type Static, Type } from 'typebox'
import type { Column } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { firstRows } from '../datasets/first-rows.js'
import { hashRows } from '../datasets/row-hash.js'

const Options = Type.Object(
  {
    ignoreTarget: Type.Boolean({
      default: false,
      description: 'Rows that differ in the target alone count as equal too: the first one stays',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const deduplicate = {
  name: 'deduplicate',
  summary:
    'Keeps the first of training rows that are equal in the given columns and in the target, and says in the report how many ' +
    'were left out. Equal are rows with one hash of 64 bits. Rows that are validated, tested or served stay.',
  options: Options,
  accepts: 'every',
  fit: () => null,
  apply: (columns) => columns,
  trainingRows(columns, _state, { ignoreTarget }, { targets }) {
    const target: Column = { kind: 'numeric', name: 'target', values: targets }
    return firstRows(
      hashRows({ rows: targets.length, columns: ignoreTarget ? columns : [...columns, target] }),
    )
  },
} satisfies Transform<Options, null, Column>
export default deduplicate
