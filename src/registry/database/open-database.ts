import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Database } from './database.js'

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
export async function openDatabase({ url, folder, onError = () => {} }: DatabaseOptions): Promise<Database> {
  const migrations = migrationsFolder()
  // Only the client that is used is loaded.
  if (url === null) return (await import('./embedded.js')).openEmbedded({ folder, migrations })
  return (await import('./postgres.js')).openPostgres({ url, migrations, onError })
}

/** SQL files are not compiled: they stand in `src`, beside `dist`, unless a package has copied them. */
function migrationsFolder(): string {
  const beside = new URL('./migrations/', import.meta.url)
  const source = new URL('../../../../src/registry/database/migrations/', import.meta.url)
  return fileURLToPath(existsSync(beside) ? beside : source)
}
