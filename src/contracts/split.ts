import { type Static, Type } from 'typebox'

const closed = { additionalProperties: false }

/** How rows are dealt out to training, validation and test rows, or to folds. */
export const SplitOptions = Type.Object(
  {
    by: Type.Enum(['stratified', 'random', 'group', 'time', 'column'], {
      description:
        'stratified: by chance, each class alike (default where there are classes); random: by chance; group: rows with one value in `column` stay together; time: the rows with the latest `column` are kept out; column: `column` says train, validation or test',
    }),
    column: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description: 'What group, time and column go by. It is no feature unless `features` names it',
      }),
    ),
  },
  { ...closed, description: 'How rows are dealt out to training, validation and test' },
)
export type SplitOptions = Static<typeof SplitOptions>

const rule = {
  /** Of what chance decided. */
  seed: Type.Integer(),
  /** The columns that a row is told by, in order. */
  columns: Type.Array(Type.String()),
}

/** Rows that are kept out by a hash of their content, or of their group. */
export const HashRule = Type.Object({
  /** Absent in the rules of older versions: stratified. */
  by: Type.Optional(Type.Enum(['stratified', 'random', 'group'])),
  ...rule,
  /** By class index (one entry for regression): test rows have a hash below it. */
  thresholds: Type.Array(Type.Number()),
  /** Hashes below a threshold whose rows were trained on: too many equal rows for the test part. */
  trained: Type.Array(Type.Number()),
})
export type HashRule = Static<typeof HashRule>

/** Rows that are kept out by their time, which stands in the one of `columns`. */
export const TimeRule = Type.Object({
  by: Type.Literal('time'),
  ...rule,
  /** The latest time that was not kept out, in milliseconds since 1970 or in the column's own unit. */
  after: Type.Number(),
})
export type TimeRule = Static<typeof TimeRule>

/** Rows that are kept out because the first of `columns` says so; chance, where it decides, goes by the others. */
export const ColumnRule = Type.Object({ by: Type.Literal('column'), ...rule })
export type ColumnRule = Static<typeof ColumnRule>

/** Tells the rows that a version has not been trained on, in the table that it was trained on and in later ones. */
export const SplitRule = Type.Union([HashRule, TimeRule, ColumnRule])
export type SplitRule = Static<typeof SplitRule>
