import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'
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
