import type { DuckDBConnection } from '@duckdb/node-api'
import { type ErrorDetail, FlywheelError, shown } from '../../contracts/errors.js'
import { checkColumnNames } from '../column-names.js'
import { columnId, literal } from '../duckdb.js'
import { LIMITS } from '../limits.js'
import { damagedParquet } from './check-footer.js'

/** What a column's values are, whatever Parquet stores them as. */
export type ValueKind = 'integer' | 'number' | 'boolean' | 'text' | 'date' | 'vector' | 'list'

export interface ParquetColumn {
  readonly name: string
  readonly kind: ValueKind
  /** Its values as SQL over `source`: bigints or hugeints, doubles (null for NaN), booleans, texts, dates as ISO 8601, lists. */
  readonly value: string
}

const NUMBERS = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\(.*\))\[\d*\]$/

/** Of SQL's types; what is not listed is no column of a table. */
const kinds: readonly (readonly [type: RegExp, kind: ValueKind, value: (id: string) => string])[] = [
  [/^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/, 'integer', (id) => id],
  [/^U?HUGEINT$/, 'integer', (id) => `${id}::hugeint`],
  [/^DECIMAL\(\d+,0\)$/, 'integer', (id) => `${id}::hugeint`],
  [/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/, 'number', (id) => `if(isnan(${id}::double), null, ${id}::double)`],
  [/^BOOLEAN$/, 'boolean', (id) => id],
  [NUMBERS, 'vector', (id) => `${id}::double[]`],
  [/^VARCHAR\[\d*\]$/, 'list', (id) => `${id}::varchar[]`],
  [/^DATE$/, 'date', (id) => `${id}::varchar`],
  [/^TIMESTAMP(_S|_MS|_NS)?$/, 'date', (id) => `replace(${id}::varchar, ' ', 'T')`],
  [
    /^TIMESTAMP WITH TIME ZONE$/,
    'date',
    (id) => `replace(make_timestamp(epoch_us(${id}))::varchar, ' ', 'T') || 'Z'`,
  ],
  [
    /^(VARCHAR|JSON|ENUM\(.*\)|UUID|TIME(_NS| WITH TIME ZONE)?|INTERVAL|"NULL")$/s,
    'text',
    (id) => `${id}::varchar`,
  ],
]

/** The file as a table of SQL with the columns c0, c1, …. */
export const source = (path: string, columns: number): string =>
  `read_parquet(${literal(path)}, hive_partitioning=false) as t(${Array.from({ length: columns }, (_, column) => columnId(column)).join(', ')})`

/**
 * The columns of a Parquet file; their names as the file has them, which SQL may change.
 *
 * @throws FlywheelError dataset-invalid for names and types that no table can have, and for damaged files
 */
export async function parquetColumns(connection: DuckDBConnection, path: string): Promise<ParquetColumn[]> {
  const names = await namesOf(connection, path)
  checkColumnNames(names)
  const described = await rows(
    connection,
    `describe from read_parquet(${literal(path)}, hive_partitioning=false)`,
  )
  if (described.length !== names.length) throw damagedParquet('its schema contradicts itself')
  const types = described.map(([, type]) => String(type))
  const errors: ErrorDetail[] = []
  const columns = names.map((name, index): ParquetColumn => {
    const type = types[index] as string
    const [, kind, value] = kinds.find(([pattern]) => pattern.test(type)) ?? []
    if (kind === undefined || value === undefined) {
      errors.push({
        path: name,
        expected: 'numbers, texts, booleans, times, or lists of numbers or texts',
        received: describedType(type),
      })
      return { name, kind: 'text', value: 'null' }
    }
    return { name, kind, value: value(columnId(index)) }
  })
  const [error] = errors
  if (error === undefined) return columns
  throw new FlywheelError(
    'dataset-invalid',
    `${shown(error.path)}: expected ${error.expected}, received ${error.received}`,
    {
      errors: errors.slice(0, LIMITS.listedErrors),
      remedy: 'Write such values into columns of their own, or leave the column out',
    },
  )
}

const describedType = (type: string): string =>
  type === 'BLOB' ? 'bytes' : /\]$/.test(type) ? `lists (${type.slice(0, 60)})` : type.slice(0, 60)

/** The top level of the schema, which is a tree written from its root on. */
async function namesOf(connection: DuckDBConnection, path: string): Promise<string[]> {
  const elements = await rows(connection, `select name, num_children from parquet_schema(${literal(path)})`)
  const names: string[] = []
  const skip = (at: number): number => {
    let next = at + 1
    for (let left = Number(elements[at]?.[1] ?? 0); left > 0 && next < elements.length; left--)
      next = skip(next)
    return next
  }
  for (let at = 1; at < elements.length; at = skip(at)) names.push(String(elements[at]?.[0]))
  return names
}

async function rows(connection: DuckDBConnection, sql: string) {
  return (await connection.runAndReadAll(sql)).getRows()
}
