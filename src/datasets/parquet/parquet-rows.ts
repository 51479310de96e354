import type { DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import type { RowSource } from '../typed-rows/typed-row.js'
import { type ParquetColumn, source } from './parquet-columns.js'

/** The rows of a Parquet file, one by one: for files in which some are bad. */
export function parquetRows(
  connection: DuckDBConnection,
  { path, columns }: { path: string; columns: readonly ParquetColumn[] },
): RowSource {
  const terms = columns.map(({ kind, value }) => (kind === 'integer' ? `(${value})::hugeint` : value))
  return {
    names: columns.map(({ name }) => name),
    close: () => {},
    async walk(onRow) {
      const values = new Array<unknown>(columns.length)
      const result = await connection.stream(
        `select ${terms.join(', ')} from ${source(path, columns.length)}`,
      )
      let row = 0
      for (;;) {
        const chunk = await result.fetchChunk()
        if (chunk === null || chunk.rowCount === 0) return
        const vectors = columns.map((_, column) => chunk.getColumnVector(column))
        for (let at = 0; at < chunk.rowCount; at++) {
          for (const [column, vector] of vectors.entries()) values[column] = plain(vector.getItem(at))
          onRow({ row: ++row, line: null, values, faults: null })
        }
      }
    },
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value)
  const isList = typeof value === 'object' && value !== null && 'items' in value
  return isList ? (value as DuckDBListValue).items : value
}
