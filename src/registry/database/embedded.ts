import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, types } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import type { Database, Queries } from './database.js'
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
    const dataFolder = join(folder, 'postgres')
    await mkdir(dataFolder, { recursive: true })
    const client = await PGlite.create(dataFolder)
    client.serializers[types.BYTEA] = bytesAsTheyAre
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

/**
 * PGlite would write bytes as text, number by number; views go to Postgres in binary. Its type speaks of texts
 * alone.
 */
const bytesAsTheyAre = (bytes: Uint8Array): string => bytes as unknown as string
