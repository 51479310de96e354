import { type Static, Type } from 'typebox'
import { ColumnType } from '../../contracts/dataset.js'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { type IngestRequest, PersonalData, ReadingOptions } from '../../contracts/reader.js'
import { parse } from '../../contracts/validation.js'
import { loadReaders } from '../../datasets/catalogue.js'

export const DatasetName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Lower-case letters, digits and hyphens, at most 63',
  examples: ['flowers'],
})

/** The number of a dataset's version, as the database keeps it. */
export const DatasetVersionNumber = (options: { description?: string } = {}) =>
  Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, ...options })
export const VersionIfGiven = Type.Optional(DatasetVersionNumber({ description: 'The latest when left out' }))

const onInvalidRow = [Type.Literal('reject'), Type.Literal('skip')] as const
const description =
  '`reject` keeps nothing when a row can not be read; `skip` leaves such rows out and counts them'

export const OnInvalidRow = Type.Union([...onInvalidRow], { default: 'reject', description })
/** The same where a default would stand in place of what was said elsewhere in the request, or before. */
export const OnInvalidRowIfGiven = Type.Union([...onInvalidRow], { description })

const formats = [...(await loadReaders()).values()]

export const Format = Type.Unsafe<string>({
  type: 'string',
  enum: formats.map(({ name }) => name),
  description: `How the file is read: ${formats.map(({ name, title }) => `\`${name}\` is ${title}`).join(', ')}; by default its content tells`,
})
export const Types = Type.Record(Type.String(), ColumnType, {
  description: 'The types of columns that are not to be inferred',
})

/** All options of an upload, however they were sent. */
export const Options = Type.Object(
  {
    name: DatasetName,
    onInvalidRow: OnInvalidRow,
    format: Type.Optional(Format),
    types: Type.Optional(Types),
    personalData: Type.Optional(PersonalData),
    ...ReadingOptions.properties,
  },
  { additionalProperties: false },
)

/** What an upload says about itself beside its content. */
export type UploadOptions = Static<typeof Options> & Pick<IngestRequest, 'declared' | 'charset'>

/** How the file is to be read, without what was not said. */
export const readingOf = (options: UploadOptions): ReadingOptions =>
  Object.fromEntries(
    Object.keys(ReadingOptions.properties)
      .map((name) => [name, options[name as keyof ReadingOptions]])
      .filter(([, value]) => value !== undefined),
  ) as ReadingOptions

/**
 * Checks what was given, as JSON or as text.
 *
 * @param options.appendTo the dataset that rows are appended to: it is named already, and its types hold
 * @throws FlywheelError request-invalid that names every option that can not be used
 */
export function readOptions(
  given: Readonly<Record<string, unknown>>,
  { appendTo }: { appendTo?: string | undefined } = {},
): UploadOptions {
  const value = { ...given }
  if (typeof value.types === 'string') value.types = readTypes(value.types)
  if (appendTo === undefined) return parse(Options, value, { code: 'request-invalid' })
  refuseOption(value, { path: 'name', expected: 'nothing: the dataset is named already' })
  refuseOption(value, { path: 'types', expected: 'nothing: appended rows have the types of the dataset' })
  return parse(Options, { ...value, name: appendTo }, { code: 'request-invalid' })
}

/** @throws FlywheelError request-invalid where an option is given that can not be used here */
export function refuseOption(
  given: Readonly<Record<string, unknown>>,
  { path, expected }: { path: string; expected: string },
): void {
  if (!Object.hasOwn(given, path)) return
  const received = shown(given[path])
  throw new FlywheelError('request-invalid', `${path}: expected ${expected}, received ${received}`, {
    errors: [{ path, expected, received }],
  })
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
