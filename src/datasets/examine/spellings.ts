import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnCount } from '../count-values.js'
import { columnId } from '../duckdb.js'
import { groupSpellings, type MergedSpelling, mergedOf } from '../spelling.js'

/** Columns with at most so many different values are looked at in full; of others the first rows. */
const ALL_VALUES = 5_000
const FIRST_ROWS = 200_000
/** Longer texts are prose, not labels. */
const LABEL_BYTES = 200
/** Columns in one query. */
const BATCH = 32

/** Spellings of text columns that only differ in case or a final full stop; spaces were cut off when they were read. */
export async function findSpellings(
  connection: DuckDBConnection,
  {
    from,
    texts,
  }: { from: string; texts: readonly { readonly column: number; readonly count: ColumnCount }[] },
): Promise<Map<number, MergedSpelling[]>> {
  const found = new Map<number, MergedSpelling[]>()
  const labels = texts.filter(({ count }) => count.meanBytes <= LABEL_BYTES)
  for (let start = 0; start < labels.length; start += BATCH) {
    const counts = await countTexts(connection, { from, labels: labels.slice(start, start + BATCH) })
    for (const [column, texts] of counts) {
      const merged = mergedOf(groupSpellings(texts))
      if (merged.length > 0) found.set(column, merged)
    }
  }
  return found
}

async function countTexts(
  connection: DuckDBConnection,
  { from, labels }: { from: string; labels: readonly { column: number; count: ColumnCount }[] },
): Promise<Map<number, Map<string, number>>> {
  const queries = labels.map(({ column, count }) => {
    const id = columnId(column)
    const source = count.distinct <= ALL_VALUES ? from : `(select ${id} from ${from} limit ${FIRST_ROWS})`
    return (
      `select ${column} as number, ${id} as text, count(*) as rows from ${source} ` +
      `where ${id} is not null and strlen(${id}) <= ${LABEL_BYTES} group by ${id}`
    )
  })
  const reader = await connection.runAndReadAll(queries.join(' union all '))
  const [numbers = [], texts = [], rows = []] = reader.getColumns()
  const counts = new Map(labels.map(({ column }) => [column, new Map<string, number>()]))
  for (const [at, number] of numbers.entries()) {
    counts.get(Number(number))?.set(texts[at] as string, Number(rows[at]))
  }
  return counts
}
