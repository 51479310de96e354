import { type Static, Type } from 'typebox'
import type { ColumnType, DatasetColumn, ValidationReport } from './dataset.js'

/** How a file is read, where its content leaves a choice. Each reader says which of them it takes. */
export const ReadingOptions = Type.Object({
  delimiter: Type.Optional(
    Type.String({
      pattern: "^(comma|semicolon|tab|pipe|[!#$%&'()*,/:;<=>@\\[\\]^`{|}~\\t\\x01-\\x08\\x1c-\\x1f])$",
      description:
        'Between the cells of CSV: comma, semicolon, tab, pipe or another character; by default the one of the four ' +
        'that the first lines agree upon',
    }),
  ),
  header: Type.Optional(
    Type.Union([Type.Literal('present'), Type.Literal('absent')], {
      description:
        'Whether the first row names the columns, which is the default; else they are column_1, column_2, …',
    }),
  ),
  encoding: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_:.-]{1,40}$',
      description: 'Of text: utf-8, utf-16, windows-1252, shift_jis and all others of the WHATWG standard',
    }),
  ),
  decimal: Type.Optional(
    Type.Union([Type.Literal('point'), Type.Literal('comma')], {
      description: 'What stands before the decimals of numbers in CSV; the point by default',
    }),
  ),
  sheet: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 31,
      description: 'Of an Excel workbook, by name or by number from 1; the first visible one by default',
    }),
  ),
})
export type ReadingOptions = Static<typeof ReadingOptions>

/** What is done with personal data that is found. */
export const PersonalData = Type.Union([Type.Literal('report'), Type.Literal('mask'), Type.Literal('drop')], {
  description:
    'E-mail addresses, phone, card and identity numbers and columns of names: `report`, the default, tells of them; `mask` stores a mask in ' +
    'their place; `drop` leaves their columns out. What was sent is not kept',
})
export type PersonalData = Static<typeof PersonalData>

/** A file that is to be taken in as a dataset. */
export interface IngestRequest {
  readonly path: string
  /** The reader to take; by default the file's content tells. */
  readonly format?: string
  /** What its sender calls it: decides between formats that its content leaves open. */
  readonly declared?: string
  /** The charset of its content type: holds unless the file begins with a byte order mark. */
  readonly charset?: string
  readonly reading?: ReadingOptions
  /** Of an IDX file of images: the file of their labels. */
  readonly labelsPath?: string
  /** For temporary files; whoever asks removes it. */
  readonly folder: string
  /** Where a table's Parquet file is to be written. */
  readonly output: string
  readonly onInvalidRow: 'reject' | 'skip'
  readonly types: Readonly<Record<string, ColumnType>>
  /** What is done with personal data beside telling of it; `report`, nothing, by default. */
  readonly personalData?: PersonalData
  /** The dataset that rows are appended to: they must fit its columns, and are counted with its parts. */
  readonly appendTo?: {
    readonly rows: number
    readonly columns: readonly DatasetColumn[]
    readonly paths: readonly string[]
  }
}

export interface Ingested {
  /** New rows. */
  readonly rows: number
  /** Of the whole dataset, what it is appended to included. */
  readonly columns: readonly DatasetColumn[]
  readonly report: ValidationReport
  /** The files that hold the new rows, in their order. */
  readonly parts: readonly { readonly path: string; readonly rows: number }[]
}

/** Bytes that files of a format hold at a place near their beginning. */
export interface Signature {
  readonly at: number
  readonly bytes: Uint8Array
}

/** A file as it is recognised: unpacked, its text in UTF-8. */
export interface ReadableFile {
  readonly path: string
  readonly sizeBytes: number
  /** Its first `HEAD_BYTES` bytes, or all. */
  readonly head: Buffer
}
export const HEAD_BYTES = 64 * 1024

/** `possible`: the content fits, and fits other formats as well; what the sender calls it decides then. */
export type Recognition = 'sure' | 'possible' | 'no'

/** A format of files that become datasets. One file in `datasets/readers/`; its name is the format's. */
export interface Reader {
  readonly name: string
  /** "CSV", "a Parquet file": for messages. */
  readonly title: string
  /** One of them stands in each of its files; none for text. */
  readonly signatures: readonly Signature[]
  /** Those that it takes; a request with another one is refused. */
  readonly options: readonly (keyof ReadingOptions)[]
  recognise(file: ReadableFile): Recognition | Promise<Recognition>
  /**
   * Takes the file in. Rows in equal rows out: what can not be read is refused or counted in the report.
   *
   * @throws FlywheelError dataset-invalid, dataset-rows-invalid (nothing is kept), storage-full
   */
  ingest(request: IngestRequest): Promise<Ingested>
}
