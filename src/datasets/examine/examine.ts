import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnCount } from '../count-values.js'
import { parquetFiles } from '../duckdb.js'
import type { StoredType } from '../infer-types.js'
import { countDuplicates } from './duplicate-rows.js'
import { findOutliers, type Outliers } from './outliers.js'
import { examineTexts, type Texts } from './spellings.js'

/** What stored values show beside their counts. */
export interface Examined {
  /** Rows that equal one before them; estimated where there are millions. */
  readonly duplicateRows: number
  readonly texts: Texts
  /** By column. */
  readonly outliers: ReadonlyMap<number, Outliers>
}

/** Rows and values of stored files, as they were counted. */
export interface StoredCounts {
  readonly paths: readonly string[]
  readonly types: readonly StoredType[]
  readonly rows: number
  readonly columns: readonly ColumnCount[]
}

/** Looks at the values of Parquet files: rows that repeat, spellings that differ, numbers that lie far out. */
export async function examine(connection: DuckDBConnection, stored: StoredCounts): Promise<Examined> {
  const { paths, types, rows, columns } = stored
  const from = parquetFiles(paths)
  const each = types.map((type, column) => ({ column, type, count: columns[column] as ColumnCount }))
  const texts = each.filter(({ type, count }) => type === 'text' && count.distinct > 1)
  const numbers = each.filter(
    ({ type, count }) => (type === 'integer' || type === 'number') && count.present > 0,
  )
  return {
    duplicateRows: await countDuplicates(connection, { from, rows, columns: types.length }),
    texts: await examineTexts(connection, { from, rows, texts }),
    outliers: await findOutliers(connection, { paths, rows, numbers }),
  }
}
