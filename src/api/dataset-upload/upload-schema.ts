import type { FastifySchemaCompiler } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { buildValidator } from '../validator.js'
import { exampleCsv, exampleNdjson, exampleRows, exampleTsv } from './example.js'
import { DatasetName, Delimiter, Format, OnInvalidRow, Types } from './options.js'

/** Bodies that are taken in as they arrive, and how they are read. */
export const streamTypes: Readonly<Record<string, 'csv' | 'ndjson'>> = {
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/x-ndjson': 'ndjson',
}

const text = { description: '`types` as JSON: {"zip":"category"}', maxLength: 1024 ** 2 }

export const uploadQuery = Type.Object(
  {
    name: Type.Optional(DatasetName),
    onInvalidRow: Type.Optional(OnInvalidRow),
    delimiter: Type.Optional(Delimiter),
    types: Type.Optional(Type.String(text)),
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
    onInvalidRow: Type.Optional(OnInvalidRow),
    types: Type.Optional(Types),
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
    delimiter: Type.Optional(Delimiter),
    format: Type.Optional(Format),
    types: Type.Optional(Type.String(text)),
    file: Type.String({ format: 'binary', description: 'The last part' }),
  },
  {
    additionalProperties: false,
    description: 'Fields first, then the file; a field after the file is refused',
    examples: [{ name: 'flowers', file: exampleCsv }],
  },
)

export const uploadBody = {
  content: {
    'application/json': { schema: JsonUpload },
    'multipart/form-data': { schema: Form },
    'text/csv': {
      schema: Type.String({
        description: 'CSV, UTF-8, with a header; `?name=` names it',
        examples: [exampleCsv],
      }),
    },
    'text/tab-separated-values': { schema: Type.String({ examples: [exampleTsv] }) },
    'application/x-ndjson': {
      schema: Type.String({ description: 'One JSON object a line', examples: [exampleNdjson] }),
    },
  },
}

/** Checks what has been read into memory; bodies that are still streams are checked as they are read. */
export const uploadValidator: FastifySchemaCompiler<TSchema> = (part) => {
  const { contentType = 'application/json' } = part as { contentType?: string }
  return part.httpPart === 'body' && contentType !== 'application/json' ? () => true : buildValidator(part)
}
