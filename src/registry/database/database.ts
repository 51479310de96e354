import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
import { openEmbedded } from './embedded.js'
import { openPostgres } from './postgres.js'
import type * as schema from './schema.js'

/** The query builder, of a connection or of a transaction. */
export type Queries = PgDatabase<PgQueryResultHKT, typeof schema>

/** Held by one process of all that share a database; `lost` is aborted when the connection that holds it breaks. */
export interface Leadership {
  readonly lost: AbortSignal
  release(): Promise<void>
}

/** Postgres, embedded or by URL: nothing else asks which one it is. */
export interface Database {
  readonly db: Queries
  /** Calls back for every notification; also after a reconnect (payload ''), when some may have been missed. */
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>
  notify(channel: string, payload: string): Promise<void>
  /** Null while another process leads. */
  tryLeadership(): Promise<Leadership | null>
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** postgres://…; null for the embedded one. */
  readonly url: string | null
  /** The data folder: the embedded database stands in its `postgres/`, its lock in `lock`. */
  readonly folder: string
  /** Told of broken connections; they are opened again. */
  readonly onError?: (error: Error) => void
}

/**
 * Opens the database and brings its tables up to date.
 *
 * @throws FlywheelError conflict when another process has the data folder's embedded database open
 */
export function openDatabase({ url, folder, onError = () => {} }: DatabaseOptions): Promise<Database> {
  return url === null
    ? openEmbedded({ folder, migrations: migrationsFolder() })
    : openPostgres({ url, migrations: migrationsFolder(), onError })
}

/** SQL files are not compiled: they stand in `src`, beside `dist`, unless a package has copied them. */
function migrationsFolder(): string {
  const beside = new URL('./migrations/', import.meta.url)
  const source = new URL('../../../../src/registry/database/migrations/', import.meta.url)
  return fileURLToPath(existsSync(beside) ? beside : source)
}
