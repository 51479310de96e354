import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDuckDb } from '../../src/datasets/duckdb.js'
import { temporaryFolder } from './temporary-folder.js'

const folder = await temporaryFolder()
let files = 0

/** A Parquet file of what a query selects. @param options in SQL: "compression gzip" */
export async function parquet(select: string, options = 'compression snappy'): Promise<Buffer> {
  const path = join(folder, `${files++}.parquet`)
  await withDuckDb({}, (connection) =>
    connection.run(`copy (${select}) to '${path}' (format parquet, ${options})`),
  )
  return readFile(path)
}

/** A file without rows that has so many columns: its footer alone, in Thrift's compact protocol. */
export function wideParquet(columns: number): Buffer {
  const root = Buffer.from([0x48, 1, 0x72, 0x15, ...varint(2 * columns), 0])
  const leaves = Array.from({ length: columns }, (_, column) => {
    const name = Buffer.from(`c${column}`)
    return Buffer.concat([Buffer.from([0x15, 2, 0x25, 2, 0x18, name.length]), name, Buffer.from([0])])
  })
  const footer = Buffer.concat([
    Buffer.from([0x15, 2, 0x19, 0xfc, ...varint(columns + 1)]),
    root,
    ...leaves,
    Buffer.from([0x16, 0, 0x19, 0x0c, 0]),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}
