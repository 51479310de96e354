import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { surveyCsv } from './csv/read-csv.js'
import type { CsvSource } from './csv/read-records.js'
import { type GivenType, inferTypes } from './infer-types.js'
import { type CheckedCsv, writePart } from './write-part.js'

/** Storing that began before the file was checked, on the strength of its first rows. */
export interface EarlyCopy {
  /**
   * Waits for the stored part when the file turned out as it was guessed; else stops and removes it.
   *
   * @returns whether the part stands
   */
  confirm(csv: CheckedCsv): Promise<boolean>
  /** Stops, and removes what was written. */
  abandon(): Promise<void>
}

/**
 * Begins to store a large file while it is being checked, one core each. Types are guessed from its first 8 MiB.
 *
 * @param options.given types that are not guessed
 */
export async function startEarlyCopy(
  connection: DuckDBConnection,
  {
    source,
    names,
    given,
    fileBytes,
    output,
  }: {
    source: CsvSource
    names: readonly string[]
    given: ReadonlyMap<string, GivenType>
    fileBytes: number
    output: string
  },
): Promise<EarlyCopy> {
  const { tally, rows: sampleRows } = await surveyCsv({ ...source, maxBlocks: 1 })
  const types = inferTypes(names, { tally, given })
  const { path, delimiter, lineEnd, hasHeader } = source
  const guess: CheckedCsv = {
    path,
    delimiter,
    lineEnd,
    hasHeader,
    isClean: false,
    types,
    tally,
    rows: Math.ceil((sampleRows * fileBytes) / SAMPLE_BYTES),
  }
  let failure: unknown = null
  const copying = writePart(connection, guess, output).catch((error: unknown) => {
    failure = error
  })
  const abandon = async () => {
    connection.interrupt()
    await copying
    await rm(output, { force: true })
  }
  return {
    abandon,
    async confirm(csv) {
      if (!isSameReading(guess, csv)) {
        await abandon()
        return false
      }
      await copying
      if (failure !== null) throw failure
      return true
    },
  }
}

const SAMPLE_BYTES = 8 * 1024 ** 2

/** Whether both make DuckDB read the same file in the same way. */
const isSameReading = (guess: CheckedCsv, csv: CheckedCsv): boolean =>
  guess.path === csv.path &&
  guess.types.every(
    (type, column) =>
      type === csv.types[column] && guess.tally.isPadded(column) === csv.tally.isPadded(column),
  )
