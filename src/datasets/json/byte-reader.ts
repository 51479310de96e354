import { readSync } from 'node:fs'

export const END = -1
const NEWLINE = 0x0a

/** Reads a file forward, byte by byte, from any position; what lies behind a mark stays in memory. */
export class ByteReader {
  readonly #file: number
  readonly #size: number
  #buffer: Buffer
  #filled = 0
  #at = 0
  /** Where the buffer begins in the file. */
  #base: number
  #mark = -1
  /** Of the byte that comes next, from 1. */
  line: number

  constructor(
    file: number,
    { position = 0, line = 1, bufferBytes }: { position?: number; line?: number; bufferBytes: number },
  ) {
    this.#file = file
    this.#size = bufferBytes
    this.#buffer = Buffer.alloc(0)
    this.#base = position
    this.line = line
  }

  /** Of the byte that comes next. */
  get position(): number {
    return this.#base + this.#at
  }

  /** The byte that comes next, or END. */
  peek(): number {
    return this.#at < this.#filled || this.#fill() ? (this.#buffer[this.#at] as number) : END
  }

  next(): number {
    const byte = this.peek()
    if (byte === END) return END
    if (byte === NEWLINE) this.line++
    this.#at++
    return byte
  }

  /** Passes over bytes, none of them a line end, up to one that is told apart: its entry is not 0. */
  passPlain(toldApart: Uint8Array): void {
    do {
      const buffer = this.#buffer
      const filled = this.#filled
      let at = this.#at
      while (at < filled && toldApart[buffer[at] as number] === 0) at++
      this.#at = at
    } while (this.#at === this.#filled && this.#fill())
  }

  /** Keeps the bytes from here on, until they are taken. */
  mark(): void {
    this.#mark = this.#at
  }

  /** How many bytes have been kept. */
  get markedBytes(): number {
    return this.#at - this.#mark
  }

  /** Keeps nothing more: of what was marked only the beginning is given. */
  unmark(beginning: number): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(this.#mark, this.#mark + beginning))
    this.#mark = -1
    return bytes
  }

  /** The bytes since the mark. They are only valid until the next one is read. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(this.#mark, this.#at)
    this.#mark = -1
    return bytes
  }

  /** Reads on; a buffer that a long value has made large becomes small again behind it. */
  #fill(): boolean {
    const kept = this.#mark === -1 ? this.#at : this.#mark
    const rest = this.#filled - kept
    const needed = Math.max(this.#size, 2 * rest)
    const buffer = needed === this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(needed)
    this.#buffer.copy(buffer, 0, kept, this.#filled)
    const read = readSync(this.#file, buffer, rest, needed - rest, this.#base + this.#filled)
    this.#buffer = buffer
    this.#base += kept
    this.#at -= kept
    if (this.#mark !== -1) this.#mark = 0
    this.#filled = rest + read
    return read > 0
  }
}
