import { readJsonNumber, UNKNOWN } from './json-number.js'

const [OPEN_OBJECT, CLOSE_OBJECT, COMMA, ZERO] = [0x7b, 0x7d, 0x2c, 0x30] as const
/** So many digits are a double, whatever they are. */
const exactDigits = 15

/** What stands in front of each column's value, one after the other, and where each ends. */
interface Prefixes {
  readonly bytes: Uint8Array
  readonly ends: Int32Array
}

const target: { numbers: Float64Array; index: number } = { numbers: new Float64Array(0), index: 0 }

/**
 * Reads columns of numbers as writers of JSON put them: without spaces (JavaScript), or with one behind each comma and
 * colon (Python). A comparison with bytes that were made before is most of the work: in a row of 784 columns a third of what
 * reading names, spaces and numbers one after the other takes.
 */
export class NumberRun {
  /** Behind the last value that was read. */
  at = 0
  readonly #plain: Prefixes
  readonly #spaced: Prefixes

  /**
   * @param keys of all columns of a row, with their quotes; null for columns of other kinds
   */
  constructor(keys: readonly (Uint8Array | null)[]) {
    this.#plain = prefixesOf(keys, { comma: ',', colon: ':' })
    this.#spaced = prefixesOf(keys, { comma: ', ', colon: ': ' })
  }

  /**
   * @param start where the brace or comma in front of `column` stands
   * @param options.index where the first value goes
   * @returns how many columns were read: up to the first one that is no number or is written in another way
   */
  read(
    bytes: Buffer,
    start: number,
    { column, numbers, index }: { column: number; numbers: Float64Array; index: number },
  ): number {
    const read = this.#readWith(this.#plain, { bytes, start, column, numbers, index })
    return read > 0 ? read : this.#readWith(this.#spaced, { bytes, start, column, numbers, index })
  }

  #readWith(
    { bytes: prefixes, ends }: Prefixes,
    {
      bytes,
      start,
      column,
      numbers,
      index,
    }: { bytes: Buffer; start: number; column: number; numbers: Float64Array; index: number },
  ): number {
    let at = start
    let read = 0
    let place = column === 0 ? 0 : (ends[column - 1] as number)
    for (; column + read < ends.length; read++) {
      const end = ends[column + read] as number
      if (place === end) break
      let next = at
      while (place < end && bytes[next] === prefixes[place]) {
        place++
        next++
      }
      if (place < end) break
      next = readNumber(bytes, next, { numbers, index: index + read })
      if (next === UNKNOWN) break
      at = next
    }
    this.at = at
    return read
  }
}

function readNumber(bytes: Buffer, first: number, { numbers, index }: typeof target): number {
  let at = first
  let value = 0
  let digit = (bytes[at] as number) - ZERO
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit
    digit = (bytes[++at] as number) - ZERO
  }
  const digits = at - first
  const isWhole = bytes[at] === COMMA || bytes[at] === CLOSE_OBJECT
  if (isWhole && digits > 0 && digits <= exactDigits && (digits === 1 || bytes[first] !== ZERO)) {
    numbers[index] = value
    return at
  }
  target.numbers = numbers
  target.index = index
  return readJsonNumber(bytes, first, target)
}

/** A column of another kind has nothing in front. */
function prefixesOf(
  keys: readonly (Uint8Array | null)[],
  { comma, colon }: { comma: string; colon: string },
): Prefixes {
  const parts = keys.map((key, column) => {
    if (key === null) return Buffer.alloc(0)
    const before = column === 0 ? Buffer.of(OPEN_OBJECT) : Buffer.from(comma)
    return Buffer.concat([before, key, Buffer.from(colon)])
  })
  let end = 0
  return { bytes: Buffer.concat(parts), ends: Int32Array.from(parts, ({ length }) => (end += length)) }
}
