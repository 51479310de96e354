import type { NumericColumn, ScalarColumn, Table, TextColumn } from '../../../src/contracts/table.js'
import type { SplitterOptions } from '../../../src/datasets/splits/splitter.js'
import { splitterFor } from '../../../src/datasets/splits/splitter-for.js'

export const numbers = (name: string, values: readonly number[]): NumericColumn => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
})

/** Null for missing ones. */
export function texts(name: string, values: readonly (string | null)[]): TextColumn {
  const dictionary = [...new Set(values.filter((value) => value !== null))]
  return {
    kind: 'text',
    name,
    codes: Int32Array.from(values, (v) => dictionary.indexOf(v as string)),
    dictionary,
  }
}

/** Rows that all differ, in the given classes. */
export function way(
  by: NonNullable<SplitterOptions['by']>,
  { column = null, strata }: { column?: ScalarColumn | null; strata: readonly number[] },
) {
  const content: Table = { rows: strata.length, columns: [numbers('x', [...strata.keys()])] }
  const options: SplitterOptions = { by, column, content, strata: Float64Array.from(strata) }
  const rows = Int32Array.from(strata.keys()).filter((row) => !Number.isNaN(strata[row]))
  return { options, splitter: splitterFor(options), rows }
}
