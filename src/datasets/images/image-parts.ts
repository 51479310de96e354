import { join } from 'node:path'
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api'
import { columnId, literal } from '../duckdb.js'

/** Bytes of files in one part: a writer and each reader hold so many in memory. */
const PART_BYTES = 32 * 1024 ** 2

/** A Parquet file and its rows. */
export interface WrittenPart {
  readonly path: string
  readonly rows: number
}

/** Writes files into Parquet parts that are sized by bytes, one after the other. */
export class ImageParts {
  readonly #connection: DuckDBConnection
  readonly #folder: string
  /** Parquet files of (number, file). */
  readonly #pieces: { readonly path: string; readonly from: number; readonly to: number }[] = []
  #appender: DuckDBAppender | null = null
  #bytes = 0
  #number = 0
  #first = 0

  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection
    this.#folder = folder
  }

  /** Files are numbered from 0. */
  async add(file: Uint8Array | null): Promise<void> {
    if (this.#appender === null) {
      await this.#connection.run('create or replace table images (number bigint, file blob)')
      this.#appender = await this.#connection.createAppender('images')
    }
    this.#appender.appendBigInt(BigInt(this.#number++))
    if (file === null) this.#appender.appendNull()
    else this.#appender.appendBlob(file)
    this.#appender.endRow()
    this.#bytes += file?.length ?? 0
    if (this.#bytes >= PART_BYTES) await this.#close()
  }

  /**
   * Puts the files before the columns of a Parquet file whose first column is their number; files that are not named
   * there are left out.
   *
   * @param options.columns how many the Parquet file has, the number included
   */
  async joinWith(table: string, { columns }: { columns: number }): Promise<WrittenPart[]> {
    await this.#close()
    const [number, ...own] = Array.from({ length: columns }, (_, index) => columnId(index))
    const chosen = own.map((column, index) => `t.${column} as ${columnId(index + 1)}`)
    const parts: WrittenPart[] = []
    for (const [index, piece] of this.#pieces.entries()) {
      const path = join(this.#folder, `part-${index}.parquet`)
      const rows = `(from read_parquet(${literal(table)}) where ${number} between ${piece.from} and ${piece.to})`
      const copied = await this.#connection.runAndReadAll(
        `copy (select ${['p.file as c0', ...chosen].join(', ')} from read_parquet(${literal(piece.path)}) p ` +
          `join ${rows} t on p.number = t.${number} order by p.number) ` +
          `to ${literal(path)} (format parquet, compression snappy)`,
      )
      const count = Number(copied.getRows()[0]?.[0])
      if (count > 0) parts.push({ path, rows: count })
    }
    return parts
  }

  async #close(): Promise<void> {
    if (this.#appender === null) return
    this.#appender.closeSync()
    const path = join(this.#folder, `piece-${this.#pieces.length}.parquet`)
    await this.#connection.run(`copy images to ${literal(path)} (format parquet, compression uncompressed)`)
    await this.#connection.run('drop table images')
    this.#pieces.push({ path, from: this.#first, to: this.#number - 1 })
    this.#appender = null
    this.#bytes = 0
    this.#first = this.#number
  }
}
