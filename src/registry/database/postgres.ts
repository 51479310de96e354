import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import type { Database, Leadership, Queries } from './database.js'
import { pooledQueries } from './pooled-queries.js'
import { PostgresListener } from './postgres-listener.js'

/** Keys of our advisory locks: any two numbers that no other program in the database uses. */
const MIGRATION_LOCK = 7_306_001
const LEADER_LOCK = 7_306_002

/** Longer than any query of ours takes; a connection that hangs must not hold a request for ever. */
const CONNECT_TIMEOUT_MS = 5_000

/** Postgres over the network; several processes may share it. */
export async function openPostgres({
  url,
  migrations,
  onError,
}: {
  url: string
  migrations: string
  onError: (error: Error) => void
}): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  pool.on('error', onError)
  try {
    await migrateOnce(pool, migrations)
  } catch (error) {
    await pool.end()
    throw error
  }
  const listener = new PostgresListener(() => connection(url), onError)
  const db = pooledQueries(pool, onError) as unknown as Queries
  return {
    db,
    listen: (channel, callback) => listener.add(channel, callback),
    async notify(channel, payload) {
      await db.execute(sql`select pg_notify(${channel}, ${payload})`)
    },
    tryLeadership: () => tryLeadership(url, onError),
    async close() {
      await listener.close()
      await pool.end()
    },
  }
}

/** Of several processes that start at the same time one migrates, the others wait for it. */
async function migrateOnce(pool: pg.Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrate(drizzle(client), { migrationsFolder })
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
  } finally {
    client.release(true)
  }
}

async function tryLeadership(url: string, onError: (error: Error) => void): Promise<Leadership | null> {
  const client = connection(url)
  const lost = new AbortController()
  client.on('error', onError)
  client.on('end', () => lost.abort())
  try {
    await client.connect()
    // The server lets go of the lock soon after the machine that holds it has vanished from the network.
    await client.query(
      'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 2',
    )
    const { rows } = await client.query('select pg_try_advisory_lock($1) as leads', [LEADER_LOCK])
    if (rows[0]?.leads === true) return { lost: lost.signal, release: () => client.end() }
  } catch (error) {
    await client.end()
    throw error
  }
  await client.end()
  return null
}

const connection = (url: string) =>
  new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
