import { type Static, Type } from 'typebox'
import { ColumnType } from '../../contracts/dataset.js'

const rows = (description: string) => Type.Integer({ minimum: 0, description })

/** What is other in one version of a dataset than in another one. */
export const Difference = Type.Object({
  rows: Type.Object({
    before: rows('Of the earlier version'),
    after: rows('Of the later one'),
    added: rows(
      'Rows that only the later version has, by the columns of both; one that stands twice counts twice',
    ),
    removed: rows('Rows that only the earlier version has'),
    isEstimate: Type.Boolean({
      description: 'Whether added and removed are estimated: of more than four million rows',
    }),
  }),
  columns: Type.Object({
    added: Type.Array(Type.String()),
    removed: Type.Array(Type.String()),
    types: Type.Array(Type.Object({ column: Type.String(), before: ColumnType, after: ColumnType }), {
      description: 'Columns that have another type',
    }),
  }),
  changes: Type.Array(
    Type.Object({
      column: Type.String(),
      code: Type.Enum(['missing', 'new-values', 'values-gone', 'shares', 'distribution']),
      detail: Type.String(),
    }),
    { description: 'What is other in the values of columns that both have' },
  ),
  summary: Type.Array(Type.String(), { description: 'The same in sentences' }),
})
export type Difference = Static<typeof Difference>
export type Change = Difference['changes'][number]
