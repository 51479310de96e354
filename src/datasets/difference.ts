import type { DuckDBConnection } from '@duckdb/node-api'
import type { DatasetColumn } from '../contracts/dataset.js'
import { compareRows, type VersionFiles } from './difference/compare-rows.js'
import { compareMissing, compareNumbers, compareShares, compareValues } from './difference/compare-values.js'
import type { Change, Difference } from './difference/difference-schema.js'
import { columnId, parquetFiles, withDuckDb } from './duckdb.js'
import { type SampleColumn, sampleRows } from './sample-rows.js'

/** Values of so many columns are compared; names, types and missing values of all. */
const COMPARED = 500
const SAMPLE_ROWS = 10_000
/** Sets of more values are not compared. */
const MOST_VALUES = 1000

/** What is other in one version of a dataset than in an earlier one. */
export async function difference({
  before,
  after,
  spillFolder,
}: {
  before: VersionFiles
  after: VersionFiles
  spillFolder: string
}): Promise<Difference> {
  const columns = compareColumns(before.snapshot.columns, after.snapshot.columns)
  return withDuckDb({ spillFolder, threads: 2 }, async (connection) => {
    const rows = await compareRows(connection, { before, after })
    const changes = rows.added + rows.removed === 0 ? [] : await compareAll(connection, { before, after })
    return { rows, columns, changes, summary: summaryOf({ rows, columns, changes }) }
  })
}

function compareColumns(
  before: readonly DatasetColumn[],
  after: readonly DatasetColumn[],
): Difference['columns'] {
  const [old, now] = [before, after].map((columns) => new Map(columns.map((column) => [column.name, column])))
  return {
    added: after.filter(({ name }) => !old?.has(name)).map(({ name }) => name),
    removed: before.filter(({ name }) => !now?.has(name)).map(({ name }) => name),
    types: after.flatMap(({ name, type }) => {
      const former = old?.get(name)?.type
      return former === undefined || former === type ? [] : [{ column: name, before: former, after: type }]
    }),
  }
}

interface Versions {
  readonly before: VersionFiles
  readonly after: VersionFiles
}

interface Pair {
  readonly before: { readonly index: number; readonly column: DatasetColumn }
  readonly after: { readonly index: number; readonly column: DatasetColumn }
}

async function compareAll(connection: DuckDBConnection, { before, after }: Versions): Promise<Change[]> {
  const rows = { before: before.snapshot.rows, after: after.snapshot.rows }
  const pairs = after.snapshot.columns.flatMap((column, index): Pair[] => {
    const at = before.snapshot.columns.findIndex(({ name }) => name === column.name)
    const former = before.snapshot.columns[at]
    return former === undefined ? [] : [{ before: { index: at, column: former }, after: { index, column } }]
  })
  const compared = pairs.filter((pair) => measureOf(pair) !== null).slice(0, COMPARED)
  const sampleOf = (version: VersionFiles, columns: readonly number[]) =>
    sampleRows(connection, { ...version, columns, rows: SAMPLE_ROWS })
  const old = await sampleOf(
    before,
    compared.map((pair) => pair.before.index),
  )
  const now = await sampleOf(
    after,
    compared.map((pair) => pair.after.index),
  )
  const changes = pairs.flatMap((pair) =>
    compareMissing({ before: pair.before.column, after: pair.after.column, rows }),
  )
  for (const [at, pair] of compared.entries()) {
    const sample = { before: old[at] as SampleColumn, after: now[at] as SampleColumn }
    if (measureOf(pair) === 'numbers') {
      changes.push(...compareNumbers(sample, { isDate: pair.after.column.type === 'date' }))
      continue
    }
    if (pair.after.column.type === 'category') {
      changes.push(
        ...compareValues(pair.after.column.name, await valuesOfOne(connection, pair, { before, after })),
      )
    }
    changes.push(...compareShares(sample.before, sample.after))
  }
  const order = new Map(pairs.map(({ after: { column } }, at) => [column.name, at]))
  return changes.sort((a, b) => (order.get(a.column) ?? 0) - (order.get(b.column) ?? 0))
}

/** How the values of a column are compared; null where they are not. */
function measureOf({ before, after }: Pair): 'numbers' | 'shares' | null {
  const types = [before.column.type, after.column.type]
  const are = (...wanted: DatasetColumn['type'][]) => types.every((type) => wanted.includes(type))
  if (are('date') || are('integer', 'number')) return 'numbers'
  const areFew = [before, after].every(({ column }) => column.distinct <= MOST_VALUES)
  return are('boolean') || (areFew && are('category')) ? 'shares' : null
}

/** Values that only one of the versions has. */
async function valuesOfOne(
  connection: DuckDBConnection,
  { before, after }: Pair,
  versions: Versions,
): Promise<{ added: string[]; gone: string[] }> {
  const [old, now] = [
    { ...versions.before, index: before.index },
    { ...versions.after, index: after.index },
  ].map(({ snapshot, path, index }) => {
    const files = parquetFiles(snapshot.parts.map(({ sha256 }) => path(sha256)))
    return `select distinct ${columnId(index)} from ${files} where ${columnId(index)} is not null`
  })
  const only = async (first: string | undefined, second: string | undefined) => {
    const reader = await connection.runAndReadAll(`${first} except ${second} order by 1`)
    return reader.getRows().map(([value]) => String(value))
  }
  return { added: await only(now, old), gone: await only(old, now) }
}

function summaryOf({ rows, columns, changes }: Omit<Difference, 'summary'>): string[] {
  const about = (count: number) => (rows.isEstimate ? `about ${count}` : String(count))
  const named = (names: readonly string[]) =>
    names.slice(0, 10).join(', ') + (names.length > 10 ? ` and ${names.length - 10} more` : '')
  const sentences = [
    rows.added + rows.removed === 0
      ? `The ${rows.after} rows are the same`
      : `Rows added: ${about(rows.added)}, removed: ${about(rows.removed)}; ${rows.before} became ${rows.after}`,
    ...(columns.added.length > 0 ? [`New columns: ${named(columns.added)}`] : []),
    ...(columns.removed.length > 0 ? [`Columns that are gone: ${named(columns.removed)}`] : []),
    ...columns.types.map(({ column, before, after }) => `${column} is ${after} now, ${before} before`),
    ...changes.map(({ column, detail }) => `${column}: ${detail}`),
  ]
  return sentences
}
