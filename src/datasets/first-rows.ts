import type { RowHashes } from './row-hash.js'

/**
 * The numbers of the rows whose hash no earlier row has. An open-addressing table of row numbers: 8 to 16 bytes a row, and
 * no bound on how many there are, where a Set holds 2²⁴.
 */
export function firstRows({ high, low }: RowHashes): Int32Array {
  const rows = high.length
  const bits = Math.max(1, Math.ceil(Math.log2(2 * rows + 1)))
  const slots = new Int32Array(2 ** bits).fill(-1)
  const mask = slots.length - 1
  const first = new Int32Array(rows)
  let count = 0
  for (let row = 0; row < rows; row++) {
    let slot = Math.imul((high[row] as number) ^ Math.imul(low[row] as number, 0x85ebca6b), 0x9e3779b1) >>> 0
    slot = Math.floor(slot / 2 ** (32 - bits)) & mask
    let known = slots[slot] as number
    while (known >= 0 && (high[known] !== high[row] || low[known] !== low[row])) {
      slot = (slot + 1) & mask
      known = slots[slot] as number
    }
    if (known >= 0) continue
    slots[slot] = row
    first[count++] = row
  }
  return first.slice(0, count)
}
