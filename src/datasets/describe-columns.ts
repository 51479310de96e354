import { type DatasetColumn, type Finding, kindOfType } from '../contracts/dataset.js'
import type { ColumnCount } from './count-values.js'
import type { Examined } from './examine/examine.js'
import { findingsOf, isIdentifier, mixedFinding, rowFindings } from './findings.js'
import type { StoredType } from './infer-types.js'
import { isCategory } from './widen-types.js'
import type { CheckedRows } from './write-part.js'

/** The columns of a dataset, and what is remarkable about them. */
export function describeColumns(
  names: readonly string[],
  {
    checked,
    stored,
    examined,
    chosen,
    lengthOf,
  }: {
    /** Of the upload. */
    checked: CheckedRows
    /** Counts over the whole dataset. */
    stored: { readonly rows: number; readonly columns: readonly ColumnCount[] }
    /** What the values of the whole dataset show beside. */
    examined: Examined
    /** The type that somebody has chosen for a column; undefined where it was inferred. */
    chosen: (name: string, column: number) => DatasetColumn['type'] | undefined
    /** Numbers of a column's vectors. */
    lengthOf: (column: number) => number
  },
): { columns: DatasetColumn[]; findings: Finding[] } {
  const { rows } = stored
  const columns: DatasetColumn[] = []
  const findings = rowFindings(examined, rows)
  for (const [index, name] of names.entries()) {
    const count = stored.columns[index] as ColumnCount
    const given = chosen(name, index)
    const type =
      given ?? finalType(checked.types[index] as StoredType, { count, rows, texts: examined.texts, index })
    const { present, distinct, rarestRows } = count
    const length = lengthOf(index)
    const missing = rows - present
    const column = {
      name,
      type,
      missing,
      distinct,
      ...(rarestRows === undefined ? {} : { rarestRows }),
      ...((type === 'text' || type === 'identifier') && present > 0
        ? { meanBytes: Number(count.meanBytes.toFixed(1)) }
        : {}),
      ...(type === 'vector' && length > 0 ? { length } : {}),
    }
    columns.push(column)
    const tallied = { tally: checked.tally, column: index }
    const spellings = examined.texts.spellings.get(index)
    const outliers = examined.outliers.get(index)
    const isInferredText = given === undefined && kindOfType(type) === 'text' && type !== 'list'
    const notation = isInferredText ? examined.texts.notations.get(index) : undefined
    findings.push(...findingsOf(column, { rows, count, tallied, spellings, outliers, notation }))
    const mixed = isInferredText ? mixedFinding(name, tallied) : null
    if (mixed !== null) findings.push(mixed)
  }
  return { columns, findings }
}

function finalType(
  type: StoredType,
  {
    count,
    rows,
    texts,
    index,
  }: { count: ColumnCount; rows: number; texts: Examined['texts']; index: number },
): DatasetColumn['type'] {
  if (type !== 'text' || count.present === 0) return type
  if (texts.lists.has(index)) return 'list'
  const isName = !texts.spaced.has(index) && !texts.notations.has(index)
  if (isName && isIdentifier(type, count)) return 'identifier'
  return isCategory(count, rows) ? 'category' : 'text'
}
