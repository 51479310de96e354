import type { TextColumn } from '../../contracts/table.js'

/** The texts that rows hold, each once, and how many rows hold it. A column's dictionary may hold further ones. */
export function* textsOf({ codes, dictionary }: TextColumn): Generator<{ text: string; rows: number }> {
  const rows = new Map<number, number>()
  for (const code of codes) if (code >= 0) rows.set(code, (rows.get(code) ?? 0) + 1)
  for (const [code, count] of rows) yield { text: dictionary[code] as string, rows: count }
}

/** The column with each of its texts changed; those that no row holds are left out. */
export function mapTexts(
  { name, codes, dictionary }: TextColumn,
  change: (text: string) => string,
): TextColumn {
  const places = new Map<string, number>()
  const known = new Map<number, number>()
  const changed = codes.map((code) => {
    if (code < 0) return -1
    let place = known.get(code)
    if (place === undefined) {
      const text = change(dictionary[code] as string)
      place = places.get(text) ?? places.size
      places.set(text, place)
      known.set(code, place)
    }
    return place
  })
  return { kind: 'text', name, codes: changed, dictionary: [...places.keys()] }
}

/**
 * Writes a block of numbers for each row's text; rows without a text stay 0.
 *
 * @param size numbers of a block
 * @returns [rows, size], row-major
 */
export function textBlocks(
  { codes, dictionary }: TextColumn,
  { size, write }: { size: number; write: (text: string, block: Float32Array) => void },
): Float32Array {
  const values = new Float32Array(codes.length * size)
  const firstRows = new Map<number, number>()
  for (const [row, code] of codes.entries()) {
    if (code < 0) continue
    const first = firstRows.get(code)
    if (first !== undefined) {
      values.copyWithin(row * size, first * size, (first + 1) * size)
      continue
    }
    firstRows.set(code, row)
    write(dictionary[code] as string, values.subarray(row * size, (row + 1) * size))
  }
  return values
}
