import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import type { Database, Queries } from './database.js'
import { openClient } from './embedded-client.js'
import { lockFolder } from './lock-file.js'
import * as schema from './schema.js'

/** Postgres in this process, on a folder that it alone may have open. */
export async function openEmbedded({
  folder,
  migrations,
}: {
  folder: string
  migrations: string
}): Promise<Database> {
  const lock = await lockFolder(folder)
  try {
    const client = await openClient(join(folder, 'postgres'))
    const db = drizzle(client, { schema })
    await migrate(db, { migrationsFolder: migrations })
    return {
      db: db as unknown as Queries,
      listen: (channel, callback) => client.listen(channel, callback),
      async notify(channel, payload) {
        await client.query('select pg_notify($1, $2)', [channel, payload])
      },
      // The folder's lock already says that there is no other process.
      tryLeadership: async () => ({ lost: new AbortController().signal, release: async () => {} }),
      async close() {
        await client.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
