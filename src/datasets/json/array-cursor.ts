import type { ByteReader } from './byte-reader.js'
import {
  afterSpace,
  COMMA,
  expectByte,
  LIST,
  LIST_END,
  malformed,
  received,
  type ScannedValue,
  scanValue,
} from './value-scanner.js'

/** Walks the values of a JSON list in a file, one of which is in memory. */
export class ArrayCursor {
  readonly #reader: ByteReader
  readonly #maxBytes: number
  #state: 'before' | 'within' | 'ended' = 'before'

  /** @param reader stands before the list's bracket; after the last value it stands behind it */
  constructor(reader: ByteReader, { maxBytes }: { maxBytes: number }) {
    this.#reader = reader
    this.#maxBytes = maxBytes
  }

  /** @returns null behind the last value @throws FlywheelError dataset-invalid for what is no list */
  next(): ScannedValue | null {
    const reader = this.#reader
    if (this.#state === 'ended') return null
    if (this.#state === 'before') {
      expectByte(reader, LIST)
      if (afterSpace(reader) === LIST_END) return this.#end()
    } else if (afterSpace(reader) === LIST_END) return this.#end()
    else expectByte(reader, COMMA)
    this.#state = 'within'
    const byte = afterSpace(reader)
    if (byte === LIST_END || byte === COMMA) throw malformed(reader.line, 'a value', received(reader))
    return scanValue(reader, { maxBytes: this.#maxBytes })
  }

  #end(): null {
    this.#reader.next()
    this.#state = 'ended'
    return null
  }
}
