import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { FlywheelError } from '../../contracts/errors.js'

/**
 * Writes a text file anew as UTF-8.
 *
 * @param options.encoding a name that TextDecoder knows
 * @throws FlywheelError dataset-invalid that names the line where its bytes are none of the encoding's
 */
export async function recode({
  from,
  to,
  encoding,
}: {
  from: string
  to: string
  encoding: string
}): Promise<void> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let line = 1
  const decode = (bytes: Buffer | undefined): Buffer => {
    try {
      const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
      const written = Buffer.from(text)
      for (let at = written.indexOf(NEWLINE); at !== -1; at = written.indexOf(NEWLINE, at + 1)) line++
      return written
    } catch (cause) {
      throw notEncoded(encoding, { line: line + linesBefore(bytes, encoding), cause })
    }
  }
  async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) yield decode(chunk)
    yield decode(undefined)
  }
  await pipeline(createReadStream(from, { highWaterMark: 256 * 1024 }), decoded, createWriteStream(to))
}

const NEWLINE = 0x0a

/** Line ends before the first bytes of a chunk that are no characters. */
function linesBefore(bytes: Buffer | undefined, encoding: string): number {
  const [good = ''] = new TextDecoder(encoding).decode(bytes ?? Buffer.alloc(0)).split('\ufffd', 1)
  return good.split('\n').length - 1
}

const notEncoded = (encoding: string, { line, cause }: { line: number; cause: unknown }): FlywheelError =>
  new FlywheelError('dataset-invalid', `Line ${line} is not ${encoding}`, {
    errors: [
      { path: `line ${line}`, line, expected: `${encoding} text`, received: 'bytes that are no character' },
    ],
    remedy: 'Name the encoding that the file was saved in: encoding=<name>; or save it as UTF-8',
    cause,
  })
