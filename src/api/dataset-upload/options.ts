import { type Static, Type } from 'typebox'
import { ColumnType } from '../../contracts/dataset.js'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { parse } from '../../contracts/validation.js'

export const DatasetName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and hyphens, at most 63',
  examples: ['flowers'],
})

export const OnInvalidRow = Type.Union([Type.Literal('reject'), Type.Literal('skip')], {
  default: 'reject',
  description:
    '`reject` keeps nothing when a row can not be read; `skip` leaves such rows out and counts them',
})
export const Delimiter = Type.Union([Type.Literal('comma'), Type.Literal('semicolon'), Type.Literal('tab')], {
  description: 'Between the cells of CSV; by default the one that stands most often in the first line',
})
export const Format = Type.Union([Type.Literal('csv'), Type.Literal('ndjson')], {
  description: 'Of the file; by default what its content type or the end of its name says, else CSV',
})
export const Types = Type.Record(Type.String(), ColumnType, {
  description: 'The types of columns that are not to be inferred',
})

/** All options of an upload, however they were sent. */
export const Options = Type.Object(
  {
    name: DatasetName,
    onInvalidRow: OnInvalidRow,
    delimiter: Type.Optional(Delimiter),
    format: Type.Optional(Format),
    types: Type.Optional(Types),
  },
  { additionalProperties: false },
)
export type UploadOptions = Static<typeof Options>

/** @throws FlywheelError request-invalid that names every option that can not be used */
export function readOptions(given: Readonly<Record<string, unknown>>): UploadOptions {
  const { types } = given
  const value = typeof types === 'string' ? { ...given, types: readTypes(types) } : given
  return parse(Options, value, { code: 'request-invalid' })
}

/** `types` as text: JSON. */
function readTypes(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const expected = 'JSON like {"column":"category"}'
    const received = shown(text.slice(0, 200))
    throw new FlywheelError('request-invalid', `types: expected ${expected}, received ${received}`, {
      errors: [{ path: 'types', expected, received }],
      cause,
    })
  }
}
