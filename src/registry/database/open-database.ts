import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Database } from './database.js'
import { openEmbedded } from './embedded.js'
import { openPostgres } from './postgres.js'

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
