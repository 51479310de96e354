import { createHash } from 'node:crypto'
import type { Column, NumericColumn, Table } from '../contracts/table.js'
import { passingBlocks, sizeOfShape } from './select-rows.js'

/** 64 bits for each row, in two halves. */
export interface RowHashes {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

/**
 * A hash of each row's content: equal rows have equal hashes, whatever the other rows and however a text is coded.
 * Two chains of MurmurHash3's mixing (Appleby, public domain) over the columns in order.
 */
export function hashRows(table: Table): RowHashes {
  const high = new Uint32Array(table.rows).fill(0x9e3779b9)
  const low = new Uint32Array(table.rows).fill(0x85ebca6b)
  const digests = table.columns.map(textDigests)
  // The hashes of a block stay in the cache while its columns come to them.
  for (const { from, block } of passingBlocks(table)) {
    const hashes = {
      high: high.subarray(from, from + block.rows),
      low: low.subarray(from, from + block.rows),
    }
    for (const [index, column] of block.columns.entries()) {
      if (column.kind === 'numeric') mixNumbers(column.values, hashes)
      else mixDigests(column, hashes, digests[index] as TextDigests)
    }
  }
  return { high, low }
}

/**
 * Brings hash and seed to one number in [0, 2⁵³): rows below a share of that range are a random sample
 * which depends on their content and the seed alone.
 */
export function seededHash({ high, low }: RowHashes, row: number, seed: number): number {
  const first = finish(mixed(high[row] as number, seed >>> 0))
  const second = finish(mixed(low[row] as number, Math.imul(seed, 0x27d4eb2f)))
  const a = finish(first ^ second ^ 0x5bd1e995)
  const b = finish(mixed(second, first))
  return a * 2 ** 21 + (b >>> 11)
}

/** One bit pattern for all NaN, and one for both zeros. */
function mixNumbers(values: Float64Array, { high, low }: RowHashes): void {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    const isPlain = value !== 0 && !Number.isNaN(value)
    const front = isPlain ? (words[2 * row] as number) : 0
    const back = isPlain ? (words[2 * row + 1] as number) : value === 0 ? 0 : NAN_WORD
    high[row] = mixed(mixed(high[row] as number, front), back)
    low[row] = mixed(mixed(low[row] as number, back ^ 0x7f4a7c15), front)
  }
}
/** The upper half of the NaN that JavaScript's own arithmetic gives. */
const NAN_WORD = 0x7ff80000

function mixDigests(
  column: Exclude<Column, NumericColumn>,
  { high, low }: RowHashes,
  digestsOfTexts: TextDigests,
): void {
  const digestAt = digestsOf(column, digestsOfTexts)
  for (let row = 0; row < high.length; row++) {
    const { front, back } = digestAt(row) ?? MISSING
    high[row] = mixed(high[row] as number, front)
    low[row] = mixed(low[row] as number, back)
  }
}

interface Digest {
  readonly front: number
  readonly back: number
}
const MISSING: Digest = { front: 0x1b873593, back: 0xcc9e2d51 }

/** The digest of each row's value; undefined where it is missing. */
function digestsOf(
  column: Exclude<Column, NumericColumn>,
  digestsOfTexts: TextDigests,
): (row: number) => Digest | undefined {
  switch (column.kind) {
    case 'text': {
      const digests = digestsOfTexts(column.dictionary)
      return (row) => digests[column.codes[row] as number]
    }
    case 'bytes': {
      const { values } = column
      return (row) => {
        const value = values[row]
        return value ? bytesHash(value) : undefined
      }
    }
    case 'tensor': {
      const { values, shape } = column
      const size = sizeOfShape(shape)
      return (row) => bytesHash(new Uint8Array(values.slice(row * size, (row + 1) * size).buffer))
    }
  }
}

type TextDigests = (dictionary: readonly string[]) => readonly Digest[]

/** Blocks of a column share its dictionary, unless it is very long. */
function textDigests(): TextDigests {
  let last: readonly string[] | null = null
  let digests: readonly Digest[] = []
  return (dictionary) => {
    if (dictionary !== last) digests = dictionary.map(bytesHash)
    last = dictionary
    return digests
  }
}

function bytesHash(value: string | Uint8Array): Digest {
  const digest = createHash('sha1').update(value).digest()
  return { front: digest.readUInt32LE(0), back: digest.readUInt32LE(4) }
}

function mixed(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51)
  const spread = Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  const joined = hash ^ spread
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) >>> 0
}

function finish(hash: number): number {
  let value = hash ^ (hash >>> 16)
  value = Math.imul(value, 0x85ebca6b)
  value ^= value >>> 13
  value = Math.imul(value, 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
