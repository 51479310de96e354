import { type DatasetColumn, type Finding, isProse } from '../contracts/dataset.js'
import type { ColumnCount } from './count-values.js'
import type { Examined } from './examine/examine.js'
import { findingsOf, mixedFinding, rowFindings } from './findings.js'
import type { StoredType } from './infer-types.js'
import type { CheckedRows } from './write-part.js'

/** Texts with few different values are categories. */
const CATEGORY_VALUES = 1000
const ALWAYS_CATEGORY_VALUES = 20

/** The columns of a dataset, and what is remarkable about them. */
export function describeColumns(
  names: readonly string[],
  {
    checked,
    stored,
    examined,
    chosen,
  }: {
    /** Of the upload. */
    checked: CheckedRows
    /** Counts over the whole dataset. */
    stored: { readonly rows: number; readonly columns: readonly ColumnCount[] }
    /** What the values of the whole dataset show beside. */
    examined: Examined
    /** The type that somebody has chosen for a column; undefined where it was inferred. */
    chosen: (name: string, column: number) => DatasetColumn['type'] | undefined
  },
): { columns: DatasetColumn[]; findings: Finding[] } {
  const { rows } = stored
  const columns: DatasetColumn[] = []
  const findings = rowFindings(examined, rows)
  for (const [index, name] of names.entries()) {
    const count = stored.columns[index] as ColumnCount
    const given = chosen(name, index)
    const type = given ?? finalType(checked.types[index] as StoredType, { count, rows })
    const { present, distinct, rarestRows } = count
    const missing = rows - present
    const column = {
      name,
      type,
      missing,
      distinct,
      ...(rarestRows === undefined ? {} : { rarestRows }),
      ...(type === 'text' && present > 0 ? { meanBytes: Number(count.meanBytes.toFixed(1)) } : {}),
    }
    columns.push(column)
    const tallied = { tally: checked.tally, column: index }
    const spellings = examined.spellings.get(index)
    const outliers = examined.outliers.get(index)
    findings.push(...findingsOf(column, { rows, count, tallied, spellings, outliers }))
    const mixed = given === undefined && isText(type) ? mixedFinding(name, tallied) : null
    if (mixed !== null) findings.push(mixed)
  }
  return { columns, findings }
}

const isText = (type: DatasetColumn['type']): boolean => type === 'category' || type === 'text'

function finalType(
  type: StoredType,
  { count, rows }: { count: ColumnCount; rows: number },
): DatasetColumn['type'] {
  const { distinct, present } = count
  if (type !== 'text' || present === 0) return type
  // A few long texts that differ are no categories, however few they are.
  if (isProse(count) && distinct > present / 2) return type
  const isCategory =
    distinct <= ALWAYS_CATEGORY_VALUES || (distinct <= CATEGORY_VALUES && distinct <= rows / 2)
  return isCategory ? 'category' : 'text'
}
