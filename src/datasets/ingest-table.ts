import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type ColumnType, kindOfType } from '../contracts/dataset.js'
import type { Ingested, IngestRequest } from '../contracts/reader.js'
import { arrangeColumns } from './arrange-columns.js'
import type { CheckedUpload } from './check-upload.js'
import { type ColumnCount, countValues } from './count-values.js'
import { describeColumns } from './describe-columns.js'
import { withDuckDb } from './duckdb.js'
import { type Examined, examine } from './examine/examine.js'
import type { StoredType } from './infer-types.js'
import { protectPersonal } from './personal/protect.js'
import { typeAfterAppend, widenedFindings } from './widen-types.js'
import { compareCounts } from './write-part.js'

/**
 * Checks the rows of a file and writes them to the request's output, in their order, columns named c0, c1, ….
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid
 */
export type StoreRows = (connection: DuckDBConnection, request: IngestRequest) => Promise<CheckedUpload>

/**
 * Takes a table in as one Parquet part: its form is checked, the columns' types are chosen over all of its values, every
 * cell is checked, the rows are stored in their order, and the values are counted.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid (nothing is kept), storage-full
 */
export async function ingestTable(request: IngestRequest, store: StoreRows): Promise<Ingested> {
  const { appendTo, types, output } = request
  const { upload, stored, examined } = await withDuckDb(
    { spillFolder: join(request.folder, 'spill'), threads: 2 },
    async (connection) => {
      const arranged = await arrangeColumns(connection, { request, upload: await store(connection, request) })
      const upload = await protectPersonal(connection, { request, upload: arranged })
      return { upload, ...(await countStored(connection, { request, upload })) }
    },
  )
  const { names, checked, errors, rowsRead } = upload
  const { columns, findings } = describeColumns(names, {
    checked,
    stored,
    examined,
    chosen: (name, column) => {
      const base = appendTo?.columns[column]
      if (appendTo === undefined || base === undefined)
        return givenType(types, { name, stored: checked.types[column] as StoredType })
      return typeAfterAppend(base, {
        rowsBefore: appendTo.rows,
        stored: checked.types[column] as StoredType,
        count: stored.columns[column] as ColumnCount,
        rows: stored.rows,
      })
    },
    lengthOf: (column) => appendTo?.columns[column]?.length ?? checked.tally.vectorLength(column),
  })
  const { rows } = checked
  const report = {
    rowsRead,
    rowsKept: rows,
    rowsSkipped: errors.rows,
    errors: [...errors.listed],
    findings: [...upload.findings, ...widenedFindings(appendTo?.columns ?? [], columns), ...findings],
  }
  return { rows, columns, report, parts: [{ path: output, rows }] }
}

/** Numbers that were masked are texts, whatever type was given. */
function givenType(
  types: IngestRequest['types'],
  { name, stored }: { name: string; stored: StoredType },
): ColumnType | undefined {
  const given = Object.hasOwn(types, name) ? types[name] : undefined
  return given !== undefined && stored === 'text' && kindOfType(given) !== 'text' ? undefined : given
}

/** Counts what was stored, with the parts that it is appended to. */
async function countStored(
  connection: DuckDBConnection,
  { request, upload: { checked } }: { request: IngestRequest; upload: CheckedUpload },
): Promise<{ stored: { rows: number; columns: readonly ColumnCount[] }; examined: Examined }> {
  const { types, tally } = checked
  const known = (column: number) => (types[column] === 'text' ? null : tally.smallValues(column))
  const part = await countValues(connection, { paths: [request.output], types, known })
  compareCounts(checked, { rows: part.rows, present: part.columns.map(({ present }) => present) })
  const before = request.appendTo?.paths ?? []
  const paths = [...before, request.output]
  const stored =
    before.length === 0 ? part : await countValues(connection, { paths, types, known: () => null })
  return { stored, examined: await examine(connection, { paths, types, ...stored }) }
}
