/** The numbers of so many rows. */
export function allRows(rows: number): Int32Array {
  const all = new Int32Array(rows)
  for (let row = 0; row < rows; row++) all[row] = row
  return all
}

/** The numbers of the rows, of so many, for which the test holds. */
export function rowsWhere(rows: number, holds: (row: number) => boolean): Int32Array {
  const kept = new Int32Array(rows)
  let count = 0
  for (let row = 0; row < rows; row++) if (holds(row)) kept[count++] = row
  return kept.slice(0, count)
}
