import { setTimeout as delay } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import type { Database, Leadership, Queries } from './database.js'
import * as schema from './schema.js'

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
  const listener = new Listener(url, onError)
  return {
    db: drizzle(pool, { schema }) as unknown as Queries,
    listen: (channel, callback) => listener.add(channel, callback),
    async notify(channel, payload) {
      await pool.query('select pg_notify($1, $2)', [channel, payload])
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
  await client.connect()
  // The server lets go of the lock soon after the machine that holds it has vanished from the network.
  await client.query(
    'set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 2',
  )
  const { rows } = await client.query('select pg_try_advisory_lock($1) as leads', [LEADER_LOCK])
  if (rows[0]?.leads !== true) {
    await client.end()
    return null
  }
  return { lost: lost.signal, release: () => client.end() }
}

const connection = (url: string) =>
  new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })

/** One connection that listens to all channels and comes back after an outage. */
class Listener {
  readonly #url: string
  readonly #onError: (error: Error) => void
  readonly #callbacks = new Map<string, Set<(payload: string) => void>>()
  #client: Promise<pg.Client> | null = null
  #isClosed = false

  constructor(url: string, onError: (error: Error) => void) {
    this.#url = url
    this.#onError = onError
  }

  async add(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>> {
    const callbacks = this.#callbacks.get(channel) ?? new Set()
    const isNew = callbacks.size === 0
    this.#callbacks.set(channel, callbacks.add(callback))
    if (this.#client === null) this.#client = this.#connect()
    else if (isNew) await (await this.#client).query(`listen ${pg.escapeIdentifier(channel)}`)
    await this.#client
    return async () => {
      callbacks.delete(callback)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const client = await this.#client?.catch(() => null)
    await client?.end()
  }

  async #connect(): Promise<pg.Client> {
    const client = connection(this.#url)
    client.on('error', this.#onError)
    client.on('notification', ({ channel, payload = '' }) => {
      for (const callback of this.#callbacks.get(channel) ?? []) callback(payload)
    })
    await client.connect()
    client.on('end', () => void this.#reconnect())
    for (const channel of this.#callbacks.keys()) {
      await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    }
    return client
  }

  async #reconnect(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#client = this.#connect()
        await this.#client
        for (const callbacks of this.#callbacks.values()) for (const callback of callbacks) callback('')
        return
      } catch (error) {
        this.#onError(error as Error)
        await delay(500)
      }
    }
  }
}
