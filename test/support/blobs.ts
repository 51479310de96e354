import { fromRows, type TableWithSnapshot } from './csv-table.js'

/** Rows of `a, b, colour → kind` that a small network can tell apart, always the same. */
export function blobs(
  rows: number,
  {
    labels = ['yes', 'no'],
    missingTargets = 0,
  }: { labels?: readonly string[]; missingTargets?: number } = {},
): TableWithSnapshot {
  const cells = Array.from({ length: rows }, (_, row) => {
    const index = row % labels.length
    const noise = (salt: number) => Math.sin(row * 12.9898 + salt * 78.233) * 0.9
    const a = (2 * index + noise(1)).toFixed(4)
    const b = (-3 * index + noise(2)).toFixed(4)
    const target = row < missingTargets ? '' : (labels[index] as string)
    return [a, b, row % 3 === 0 ? 'red' : 'blue', target]
  })
  return fromRows('blobs', ['a', 'b', 'colour', 'kind'], cells)
}
