import { type Static, Type } from 'typebox'
import type { Column } from './table.js'

/**
 * What a column of a dataset holds. `number`, `integer`, `boolean` and `date` (milliseconds since 1970, in UTC) are read
 * as numeric columns; `category` (text with few different values), `text`, `identifier` (a name that each row has of its
 * own) and `list` (categories in one text, "a|b" or ["a","b"]) as text columns; `vector` as blocks of
 * numbers, `image` as files.
 */
export const ColumnType = Type.Union(
  [
    Type.Literal('number'),
    Type.Literal('integer'),
    Type.Literal('boolean'),
    Type.Literal('category'),
    Type.Literal('text'),
    Type.Literal('image'),
    Type.Literal('identifier'),
    Type.Literal('list'),
    Type.Literal('date'),
    Type.Literal('vector'),
  ],
  { description: 'What the column holds' },
)
export type ColumnType = Static<typeof ColumnType>

/** As what a column of that type is read. */
export function kindOfType(type: ColumnType): Column['kind'] {
  switch (type) {
    case 'category':
    case 'text':
    case 'identifier':
    case 'list':
      return 'text'
    case 'vector':
      return 'tensor'
    case 'image':
      return 'bytes'
    default:
      return 'numeric'
  }
}

export const DatasetColumn = Type.Object({
  name: Type.String(),
  type: ColumnType,
  missing: Type.Integer({ minimum: 0, description: 'Rows without a value' }),
  distinct: Type.Integer({ minimum: 0, description: 'Different values, missing ones not counted' }),
  rarestRows: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Rows of the rarest value, where at most 20 values differ' }),
  ),
  meanBytes: Type.Optional(Type.Number({ minimum: 0, description: 'Of text: mean length in UTF-8' })),
  images: Type.Optional(
    Type.Object(
      {
        width: Type.Integer({ minimum: 1 }),
        height: Type.Integer({ minimum: 1 }),
        channels: Type.Integer({ minimum: 1, maximum: 3 }),
      },
      { description: 'Of images: their most frequent size, and 1 channel where all are grey, else 3' },
    ),
  ),
  length: Type.Optional(Type.Integer({ minimum: 1, description: 'Numbers of a vector' })),
})
export type DatasetColumn = Static<typeof DatasetColumn>

/** Texts that are longer on average are prose, not names. */
const NAME_BYTES = 40

/** Whether texts of that length are prose rather than names. */
export const isProse = ({ meanBytes = 0 }: { readonly meanBytes?: number }): boolean => meanBytes > NAME_BYTES

/** A remark about a column or about rows that a user should read before training: code, words, remedy. */
export const Finding = Type.Object({
  code: Type.String({ description: 'constant, identifier, missing, …' }),
  column: Type.Optional(Type.String()),
  detail: Type.String(),
  remedy: Type.String(),
})
export type Finding = Static<typeof Finding>

/** One cell or line that could not be read: `path` is "row 17, petal_width" (rows count from 1, the header not counted). */
export const RowError = Type.Object({
  path: Type.String(),
  line: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Of the uploaded file, a header being the first' }),
  ),
  expected: Type.String(),
  received: Type.String(),
})
export type RowError = Static<typeof RowError>

export const ValidationReport = Type.Object({
  rowsRead: Type.Integer({ minimum: 0 }),
  rowsKept: Type.Integer({ minimum: 0 }),
  rowsSkipped: Type.Integer({ minimum: 0 }),
  errors: Type.Array(RowError, { description: 'The first 100 rows that could not be read' }),
  findings: Type.Array(Finding),
  appendedTo: Type.Optional(
    Type.Object(
      { version: Type.Integer({ minimum: 1 }), rows: Type.Integer({ minimum: 1 }) },
      {
        description:
          'Of appended rows: the version before, and how many rows it has; the counts are of the new ones',
      },
    ),
  ),
  predictedBy: Type.Optional(
    Type.Object(
      { model: Type.String(), dataset: Type.String() },
      { description: 'Of answers: the version that gave them, and the dataset whose rows it answered' },
    ),
  ),
})
export type ValidationReport = Static<typeof ValidationReport>

/** One Parquet file of a dataset version; versions that were appended to share the parts of the one before. */
export const DatasetPart = Type.Object({
  sha256: Type.String(),
  rows: Type.Integer({ minimum: 1 }),
  sizeBytes: Type.Integer({ minimum: 1 }),
})
export type DatasetPart = Static<typeof DatasetPart>

/** A dataset's version before it has a number. */
export interface DatasetDraft {
  readonly rows: number
  readonly sizeBytes: number
  readonly sha256: string
  readonly columns: readonly DatasetColumn[]
  readonly parts: readonly DatasetPart[]
  readonly report: ValidationReport
}

/** What a trainer needs to read a dataset version: it stands in the job's payload, so that no database is needed. */
export const DatasetSnapshot = Type.Object({
  name: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  rows: Type.Integer({ minimum: 1 }),
  columns: Type.Array(DatasetColumn),
  parts: Type.Array(DatasetPart),
  findings: Type.Optional(
    Type.Array(Finding, { description: 'Of the dataset’s report; the first 200, and how many more' }),
  ),
})
export type DatasetSnapshot = Static<typeof DatasetSnapshot>

/** What a job asks about its target. */
export interface TargetQuestion {
  /** A column of the dataset. */
  readonly target: string
  readonly kind: 'classification' | 'regression'
  /** Whether spellings that differ only in case, outer spaces or a final full stop are one class. */
  readonly mergeLabels: boolean
}

export interface TargetExamination {
  /** Null for a regression. */
  readonly classes: number | null
  /** Rows of the class that has fewest; null for a regression. */
  readonly smallestClass: number | null
  /** label-case, class-imbalance, leakage. */
  readonly findings: readonly Finding[]
}
