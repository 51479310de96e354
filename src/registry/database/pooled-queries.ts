import { DrizzleQueryError } from 'drizzle-orm/errors'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import * as schema from './schema.js'

type PostgresQueries = NodePgDatabase<typeof schema>
type Transaction = PostgresQueries['transaction']

/**
 * Queries over a pool. Drizzle's own transactions keep a connection for ever when it breaks before `begin` is answered,
 * and end the process when it breaks between two queries.
 */
export function pooledQueries(pool: pg.Pool, onError: (error: Error) => void): PostgresQueries {
  const db = drizzle(pool, { schema })
  const ofClients = new WeakMap<pg.PoolClient, PostgresQueries>()
  const queriesOf = (client: pg.PoolClient): PostgresQueries => {
    const queries = ofClients.get(client) ?? drizzle(client, { schema })
    ofClients.set(client, queries)
    return queries
  }

  const transaction: Transaction = async (work, config) => {
    const client = await pool.connect().catch((error: Error) => {
      throw new DrizzleQueryError('begin', [], error)
    })
    client.on('error', onError)
    let failure: { readonly error: unknown } | null = null
    let isClean = false
    try {
      const result = await queriesOf(client).transaction(
        (tx) =>
          work(tx).catch((error: unknown) => {
            failure = { error }
            throw error
          }),
        config,
      )
      isClean = true
      return result
    } catch (error) {
      // What the work has thrown comes back when its rollback was answered.
      const { error: first } = failure ?? { error }
      isClean = failure !== null && error === first
      throw first
    } finally {
      client.off('error', onError)
      client.release(!isClean)
    }
  }
  return Object.assign(db, { transaction })
}
