import { FlywheelError } from '../contracts/errors.js'
import type { Readers } from './catalogue.js'
import { declaredEncoding, utf16Of } from './encoding/encoding-of.js'
import { refuseForeign } from './foreign-files.js'
import { isBinary } from './recognise.js'
import { packingOf } from './unpack/packing.js'

/** So many bytes tell text from what is none: a tar says what it is behind its first 257. */
const TELLING_BYTES = 512

/** Looks at bytes as they arrive, so that what no reader takes is refused before all of it has come. */
export interface ContentCheck {
  /** @throws FlywheelError dataset-invalid */
  add(chunk: Buffer): void
  /** When all bytes have come. @throws FlywheelError dataset-invalid */
  end(): void
}

/** Refuses foreign files by their first bytes, and text with NUL characters; what is in binary files is read later. */
export function contentCheck({
  readers,
  encoding,
}: {
  readers: Readers
  /** What the sender says that the text's encoding is. */
  encoding?: string | undefined
}): ContentCheck {
  let first: Buffer | null = Buffer.alloc(0)
  let position = 0
  let isText = true
  const tell = (head: Buffer) => {
    first = null
    refuseForeign(head)
    isText = packingOf(head) === null && !isBinary(head, readers) && !isWide(head, encoding)
    if (isText) refuseNul(head, position - head.length)
  }
  return {
    add(chunk) {
      position += chunk.length
      if (first === null) {
        if (isText) refuseNul(chunk, position - chunk.length)
        return
      }
      first = Buffer.concat([first, chunk])
      if (first.length >= TELLING_BYTES) tell(first)
    },
    end() {
      if (first !== null) tell(first)
    },
  }
}

/** Text of which every second byte may be a NUL. */
const isWide = (head: Buffer, encoding: string | undefined): boolean =>
  utf16Of(head) !== null || (encoding !== undefined && declaredEncoding(encoding).startsWith('utf-16'))

function refuseNul(bytes: Buffer, position: number): void {
  const nul = bytes.indexOf(0)
  if (nul === -1) return
  throw new FlywheelError(
    'dataset-invalid',
    `The file is no text: byte ${position + nul + 1} is a NUL character`,
    { remedy: 'Send text without NUL characters; UTF-16 without a byte order mark needs encoding=utf-16le' },
  )
}
