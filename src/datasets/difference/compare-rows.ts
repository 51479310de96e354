import type { DuckDBConnection } from '@duckdb/node-api'
import { type ColumnType, type DatasetSnapshot, kindOfType } from '../../contracts/dataset.js'
import { columnId, parquetFiles } from '../duckdb.js'
import type { Difference } from './difference-schema.js'

/** A version, and where the files of its parts stand. */
export interface VersionFiles {
  readonly snapshot: DatasetSnapshot
  readonly path: (sha256: string) => string
}

/** Hashes that are held in memory at once. */
const HELD_ROWS = 4_000_000
/** Columns that one call of the hash function takes without trouble. */
const HASHED = 500

/**
 * Counts rows that only one of two versions has, by a 64-bit hash of the columns that both have. Versions to which rows
 * were appended share files, which need not be read. Of more than four million rows only those are compared whose hash
 * falls into a share of the range, and the counts are scaled up.
 */
export async function compareRows(
  connection: DuckDBConnection,
  { before, after }: { before: VersionFiles; after: VersionFiles },
): Promise<Difference['rows']> {
  const counts = { before: before.snapshot.rows, after: after.snapshot.rows }
  const shared = new Set(before.snapshot.parts.map(({ sha256 }) => sha256))
  const common = new Set(
    after.snapshot.parts.map(({ sha256 }) => sha256).filter((sha256) => shared.has(sha256)),
  )
  const sides = [before, after].map(({ snapshot, path }) => {
    const parts = snapshot.parts.filter(({ sha256 }) => !common.has(sha256))
    return {
      paths: parts.map(({ sha256 }) => path(sha256)),
      rows: parts.reduce((sum, part) => sum + part.rows, 0),
    }
  })
  const [old, fresh] = sides as [(typeof sides)[number], (typeof sides)[number]]
  if (old.rows === 0 || fresh.rows === 0) {
    return { ...counts, added: fresh.rows, removed: old.rows, isEstimate: false }
  }
  const terms = commonTerms(before.snapshot, after.snapshot)
  if (terms.length === 0) return { ...counts, added: fresh.rows, removed: old.rows, isEstimate: false }
  const share = Math.ceil((old.rows + fresh.rows) / HELD_ROWS)
  const hashes = (paths: readonly string[], side: 'before' | 'after') =>
    `select ${hashOf(terms.map((term) => term[side]))} as h, ${side === 'after' ? 1 : -1} as n from ${parquetFiles(paths)}`
  const reader = await connection.runAndReadAll(
    'select coalesce(sum(greatest(balance, 0)), 0), coalesce(sum(greatest(-balance, 0)), 0) from (' +
      `select sum(n) as balance from (${hashes(old.paths, 'before')} union all ${hashes(fresh.paths, 'after')}) ` +
      `where h % ${share} = 0 group by h)`,
  )
  const [added = 0, removed = 0] = (reader.getRows()[0] ?? []).map((count) => Number(count) * share)
  return { ...counts, added, removed, isEstimate: share > 1 }
}

/** The value of each column that both have, as SQL of each version: written alike where the types differ. */
function commonTerms(before: DatasetSnapshot, after: DatasetSnapshot): { before: string; after: string }[] {
  return before.columns.flatMap((column, at) => {
    const index = after.columns.findIndex(({ name }) => name === column.name)
    const other = after.columns[index]
    if (other === undefined) return []
    const [first, second] = [kindOfType(column.type), kindOfType(other.type)]
    const cast = first === second ? castOf(column.type, other.type) : '::varchar'
    return [{ before: `${columnId(at)}${cast}`, after: `${columnId(index)}${cast}` }]
  })
}

/** Integers and numbers are compared as numbers; booleans with them by their text. */
function castOf(before: ColumnType, after: ColumnType): string {
  if (before === after || kindOfType(before) !== 'numeric') return ''
  return before === 'boolean' || after === 'boolean' ? '::varchar' : '::double'
}

function hashOf(terms: readonly string[]): string {
  const parts: string[] = []
  for (let start = 0; start < terms.length; start += HASHED) {
    parts.push(`hash(${terms.slice(start, start + HASHED).join(', ')})`)
  }
  return parts.length === 1 ? (parts[0] as string) : `hash(${parts.join(', ')})`
}
