import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { FlywheelError } from '../contracts/errors.js'
import { LIMITS } from './limits.js'

/** Text that is no UTF-8: it may be in another encoding. */
export class NotUtf8 extends FlywheelError {
  constructor({ line, hex }: { line: number; hex: string }) {
    super('dataset-invalid', `Line ${line} is not UTF-8: it holds the bytes 0x${hex}`, {
      errors: [{ path: `line ${line}`, line, expected: 'UTF-8 text', received: `the bytes 0x${hex}` }],
      remedy: 'Name its encoding, encoding=windows-1252 for one, or save the file as UTF-8',
    })
  }
}

/**
 * Looks for the first line of a file that is no UTF-8.
 *
 * @throws NotUtf8 (dataset-invalid) that names the line and the bytes
 */
export async function checkUtf8(path: string): Promise<void> {
  let line = 1
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      checkLine(line, bytes.subarray(start, end))
      line++
      start = end + 1
    }
    rest = bytes.subarray(start)
    // Half a character at its end would look broken.
    if (rest.length > LIMITS.recordBytes) {
      checkLine(line, rest.subarray(0, -4), { isWhole: false })
      rest = rest.subarray(-4)
    }
  }
  checkLine(line, rest)
}

const NEWLINE = 0x0a

function checkLine(line: number, bytes: Buffer, { isWhole = true }: { isWhole?: boolean } = {}): void {
  if (isUtf8(bytes)) return
  let at = 0
  for (let next = 0; next <= bytes.length; next += 1 + continuation(bytes[at] as number)) {
    if (next > at && !isUtf8(bytes.subarray(at, next))) break
    at = next
    if (at === bytes.length) break
  }
  if (!isWhole && at >= bytes.length - 4) return
  const hex = bytes.subarray(at, at + 2).toString('hex')
  throw new NotUtf8({ line, hex })
}

/** Bytes that follow the first one of a UTF-8 character. */
const continuation = (first: number): number =>
  first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0
