import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { FlywheelError } from '../../contracts/errors.js'
import type { ReceivedFile } from './receive-file.js'

/** Writes rows that came inside a JSON body as NDJSON, so that they go the way of an uploaded file. */
export async function receiveRows(rows: readonly unknown[], path: string): Promise<ReceivedFile> {
  if (rows.length === 0) {
    throw new FlywheelError('dataset-invalid', 'There are no rows', {
      remedy: 'Send at least one row of data',
    })
  }
  const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  await writeFile(path, bytes)
  return { path, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
