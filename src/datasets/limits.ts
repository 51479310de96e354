/** What one dataset may hold at most; beyond it an upload is refused by name. */
export const LIMITS = {
  columns: 10_000,
  /** UTF-16 units of a column's name. */
  nameLength: 200,
  /** One CSV record or NDJSON line. */
  recordBytes: 4 * 1024 ** 2,
  /** One value. */
  cellBytes: 1024 ** 2,
  /** Row numbers are 32-bit integers wherever rows are selected. */
  rows: 2 ** 31 - 1,
  /** Bad rows that a report lists. */
  listedErrors: 100,
} as const
