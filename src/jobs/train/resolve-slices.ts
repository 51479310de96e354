import type { DatasetSnapshot } from '../../contracts/dataset.js'
import { invalid } from './catalogue.js'
import { listed } from './resolve-columns.js'

/** One value a row, which others may have too. */
const SLICED: ReadonlySet<string> = new Set([
  'number',
  'integer',
  'category',
  'boolean',
  'date',
  'text',
  'list',
  'identifier',
])

/**
 * Checks the columns that a report is to be sliced by.
 *
 * @param options.path of the field: "evaluation.sliceBy"
 * @throws FlywheelError specification-invalid for the target, for what is no column, or holds no single values
 */
export function checkSliceBy(
  names: readonly string[] = [],
  { snapshot, target, path }: { snapshot: DatasetSnapshot; target: string; path: string },
): void {
  const others = snapshot.columns.filter(({ name, type }) => name !== target && SLICED.has(type))
  const known = new Set(others.map(({ name }) => name))
  for (const [at, name] of names.entries()) {
    if (known.has(name)) continue
    const expected = `a column of single values beside the target: ${listed(others)}`
    throw invalid(`${path}[${at}]`, expected, name)
  }
}
