import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { FlywheelError } from '../contracts/errors.js'
import { LIMITS } from './limits.js'

/** First bytes of files that are often sent by mistake, and what to do with them. */
const signatures: readonly { readonly bytes: readonly number[]; readonly what: string; remedy: string }[] = [
  { bytes: [0x1f, 0x8b], what: 'gzip-compressed', remedy: 'Decompress the file and send the text in it' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP archive or an Excel workbook', remedy: 'Send it as CSV' },
  { bytes: [0xff, 0xfe], what: 'UTF-16 text', remedy: 'Save the file as UTF-8' },
  { bytes: [0xfe, 0xff], what: 'UTF-16 text', remedy: 'Save the file as UTF-8' },
  { bytes: [...Buffer.from('PAR1')], what: 'a Parquet file', remedy: 'Send it as CSV' },
  { bytes: [...Buffer.from('%PDF')], what: 'a PDF', remedy: 'Send the data as CSV' },
  { bytes: [0x89, ...Buffer.from('PNG')], what: 'an image', remedy: 'Send the data as CSV' },
]

/**
 * Refuses bytes that are no text, as they arrive.
 *
 * @returns a function for each chunk, which throws FlywheelError dataset-invalid
 */
export function textCheck(): (chunk: Buffer) => void {
  let position = 0
  return (chunk) => {
    if (position === 0) checkSignature(chunk)
    const nul = chunk.indexOf(0)
    if (nul !== -1) {
      throw new FlywheelError(
        'dataset-invalid',
        `The file is no text: byte ${position + nul + 1} is a NUL character`,
        { remedy: 'Send text, encoded as UTF-8, without NUL characters' },
      )
    }
    position += chunk.length
  }
}

function checkSignature(chunk: Buffer): void {
  const found = signatures.find(({ bytes }) => chunk.subarray(0, bytes.length).equals(Buffer.from(bytes)))
  if (found === undefined) return
  throw new FlywheelError(
    'dataset-invalid',
    `The file is ${found.what}; expected CSV or NDJSON as UTF-8 text`,
    {
      remedy: found.remedy,
    },
  )
}

/**
 * Looks for the first line of a file that is no UTF-8.
 *
 * @throws FlywheelError dataset-invalid that names the line and the bytes
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
  throw new FlywheelError('dataset-invalid', `Line ${line} is not UTF-8: it holds the bytes 0x${hex}`, {
    errors: [{ path: `line ${line}`, expected: 'UTF-8 text', received: `the bytes 0x${hex}` }],
    remedy: 'Save the file as UTF-8; it may be Latin-1, Windows-1252 or UTF-16',
  })
}

/** Bytes that follow the first one of a UTF-8 character. */
const continuation = (first: number): number =>
  first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0
