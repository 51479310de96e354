import type { FastifySchemaCompiler } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { PersonalData, ReadingOptions } from '../../contracts/reader.js'
import { buildValidator } from '../validator.js'
import { exampleCsv, exampleNdjson, exampleRows, exampleTsv } from './example.js'
import { DatasetName, Format, OnInvalidRow, OnInvalidRowIfGiven, Types } from './options.js'

/** Bodies that are taken in as they arrive; of which format they are says their content. */
const documented = {
  'text/csv': { description: 'CSV; `?name=` names the dataset', examples: [exampleCsv] },
  'text/tab-separated-values': { examples: [exampleTsv] },
  'application/x-ndjson': { description: 'One JSON object a line', examples: [exampleNdjson] },
  'text/plain': {
    description: 'A row for each line, in the column `text`',
    examples: ['a line of text\nanother\n'],
  },
  'application/octet-stream': {
    description: 'A file of any format that is read; it may also be sent under its own content type',
    examples: [exampleCsv],
  },
}
export const streamTypes: readonly string[] = [
  ...Object.keys(documented),
  'application/gzip',
  'application/zstd',
  'application/zip',
  'application/x-tar',
  'application/vnd.apache.parquet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
]

const text = { description: '`types` as JSON: {"zip":"category"}', maxLength: 1024 ** 2 }

export const uploadQuery = Type.Object(
  {
    name: Type.Optional(DatasetName),
    onInvalidRow: Type.Optional(OnInvalidRow),
    format: Type.Optional(Format),
    types: Type.Optional(Type.String(text)),
    personalData: Type.Optional(PersonalData),
    ...ReadingOptions.properties,
  },
  { additionalProperties: false, description: 'For raw bodies; forms and JSON carry their own fields' },
)

const JsonUpload = Type.Object(
  {
    name: DatasetName,
    rows: Type.Array(Type.Unknown(), {
      description:
        'Flat objects: numbers, texts, true, false, null; a name that is left out is a missing value',
    }),
    onInvalidRow: Type.Optional(OnInvalidRowIfGiven),
    types: Type.Optional(Types),
    personalData: Type.Optional(PersonalData),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'flowers', rows: exampleRows }],
  },
)

const Form = Type.Object(
  {
    name: DatasetName,
    onInvalidRow: Type.Optional(OnInvalidRow),
    format: Type.Optional(Format),
    types: Type.Optional(Type.String(text)),
    personalData: Type.Optional(PersonalData),
    ...ReadingOptions.properties,
    file: Type.String({ format: 'binary', description: 'After all fields' }),
    labels: Type.Optional(
      Type.String({ format: 'binary', description: 'After an IDX file of images: the file of their labels' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'Fields first, then the file; a field after the file is refused',
    examples: [{ name: 'flowers', file: exampleCsv }],
  },
)

const streams = Object.fromEntries(
  Object.entries(documented).map(([type, options]) => [type, { schema: Type.String(options) }]),
)

export const uploadBody = {
  content: {
    'application/json': { schema: JsonUpload },
    'multipart/form-data': { schema: Form },
    ...streams,
  },
}

const { name: _, types: __, ...appendProperties } = uploadQuery.properties

export const appendQuery = Type.Object(appendProperties, {
  additionalProperties: false,
  description: 'For raw bodies; forms and JSON carry their own fields',
})

const JsonRows = Type.Object(
  {
    rows: Type.Array(Type.Unknown(), { description: 'Flat objects with the names of the dataset’s columns' }),
    onInvalidRow: Type.Optional(OnInvalidRowIfGiven),
    personalData: Type.Optional(PersonalData),
  },
  { additionalProperties: false, examples: [{ rows: exampleRows.slice(0, 1) }] },
)

const AppendForm = Type.Object(
  { ...appendProperties, file: Form.properties.file },
  {
    additionalProperties: false,
    description: 'Fields first, then the file',
    examples: [{ onInvalidRow: 'skip', file: exampleCsv }],
  },
)

export const appendBody = {
  content: {
    'application/json': { schema: JsonRows },
    'multipart/form-data': { schema: AppendForm },
    ...streams,
  },
}

/** Checks what has been read into memory; bodies that are still streams are checked as they are read. */
export const uploadValidator: FastifySchemaCompiler<TSchema> = (part) => {
  const { contentType = 'application/json' } = part as { contentType?: string }
  return part.httpPart === 'body' && contentType !== 'application/json' ? () => true : buildValidator(part)
}
