import { closeSync, openSync, readSync } from 'node:fs'
import { checkUtf8 } from '../text-encoding.js'
import type { ByteReader } from './byte-reader.js'
import { END } from './byte-reader.js'
import { afterSpace, malformed, NotUtf8Value, received } from './value-scanner.js'

/** @throws FlywheelError dataset-invalid that names the line of what is no UTF-8 */
export async function withJsonFile<T>(path: string, work: (file: number) => T): Promise<T> {
  const file = openSync(path, 'r')
  try {
    return work(file)
  } catch (error) {
    if (error instanceof NotUtf8Value) await checkUtf8(path)
    throw error
  } finally {
    closeSync(file)
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Where the text begins: behind a byte order mark. */
export function textStart(file: number): number {
  const first = Buffer.alloc(BYTE_ORDER_MARK.length)
  readSync(file, first, 0, first.length, 0)
  return first.equals(BYTE_ORDER_MARK) ? first.length : 0
}

/** @throws FlywheelError dataset-invalid when something follows */
export function checkEnd(reader: ByteReader): void {
  if (afterSpace(reader) !== END) throw malformed(reader.line, 'the end of the file', received(reader))
}
