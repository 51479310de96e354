import { closeSync, openSync, writeSync } from 'node:fs'
import { LIMITS } from '../limits.js'

const FLUSH_BYTES = 1024 ** 2

/** Writes regular CSV: comma, newline, quotes around every text, nothing for a missing value; no header. */
export class CleanWriter {
  readonly #file: number
  readonly #buffer = Buffer.allocUnsafe(FLUSH_BYTES + 4 * LIMITS.recordBytes)
  #filled = 0
  #rowStart = 0
  #isFirst = true

  constructor(path: string) {
    this.#file = openSync(path, 'w')
  }

  /** A value as text that needs no quotes: a number or a boolean; '' is missing. */
  plain(text: string): void {
    this.#separate()
    for (let at = 0; at < text.length; at++) this.#buffer[this.#filled++] = text.charCodeAt(at)
  }

  text(value: string): void {
    this.#separate()
    this.#filled += this.#buffer.write(`"${value.replaceAll('"', '""')}"`, this.#filled, 'utf8')
  }

  endRow(): void {
    // A line with nothing on it would be no row.
    if (this.#filled === this.#rowStart) this.#filled += this.#buffer.write('""', this.#filled)
    this.#buffer[this.#filled++] = 0x0a
    this.#isFirst = true
    if (this.#filled >= FLUSH_BYTES) this.#flush()
    this.#rowStart = this.#filled
  }

  close(): void {
    try {
      this.#flush()
    } finally {
      closeSync(this.#file)
    }
  }

  #separate(): void {
    if (!this.#isFirst) this.#buffer[this.#filled++] = 0x2c
    this.#isFirst = false
  }

  #flush(): void {
    let written = 0
    while (written < this.#filled) {
      written += writeSync(this.#file, this.#buffer, written, this.#filled - written)
    }
    this.#filled = 0
  }
}
