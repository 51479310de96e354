import { type ErrorDetail, FlywheelError, shown } from '../contracts/errors.js'
import { LIMITS } from './limits.js'

/** Names that reach for an object's prototype wherever a row is an object. */
const RESERVED = /^(__.*__|constructor|prototype)$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u

/**
 * Refuses names that no row object or message could carry.
 *
 * @throws FlywheelError dataset-invalid, with every such name (at most 100)
 */
export function checkColumnNames(names: readonly string[]): void {
  if (names.length > LIMITS.columns) {
    throw new FlywheelError(
      'dataset-invalid',
      `The data has ${names.length} columns; at most ${LIMITS.columns} are accepted`,
    )
  }
  const errors: ErrorDetail[] = []
  const first = new Map<string, number>()
  for (const [index, name] of names.entries()) {
    const path = `column ${index + 1}`
    const expected = problemOf(name)
    if (expected !== null) errors.push({ path, expected, received: shown(name) })
    else if (first.has(name)) {
      const other = (first.get(name) as number) + 1
      errors.push({ path, expected: `another name than that of column ${other}`, received: shown(name) })
    }
    if (!first.has(name)) first.set(name, index)
  }
  const [error] = errors
  if (error === undefined) return
  throw new FlywheelError(
    'dataset-invalid',
    `${error.path}: expected ${error.expected}, received ${error.received}`,
    { errors: errors.slice(0, LIMITS.listedErrors), remedy: remedyFor(names) },
  )
}

function problemOf(name: string): string | null {
  if (name === '') return 'a name'
  if (name.length > LIMITS.nameLength) return `a name of at most ${LIMITS.nameLength} characters`
  if (UNPRINTABLE.test(name)) return 'a name without control characters'
  if (RESERVED.test(name)) return 'a name that is not reserved'
  return null
}

/** A file without a header shows values where names should stand. */
const remedyFor = (names: readonly string[]): string =>
  names.every((name) => name === '' || Number.isFinite(Number(name)))
    ? 'The first line must name the columns, and this one seems to hold values: add a header line, or send header=absent'
    : 'Rename the columns and upload again'
