import type { SplitRule } from '../contracts/model-manifest.js'
import type { Table } from '../contracts/table.js'
import { hashRows, type RowHashes, seededHash } from './row-hash.js'

export interface SplitRequest {
  /** The columns whose content chooses the test rows: features and target. */
  readonly table: Table
  /** [rows]: class index, or 0 for every row where there are no classes; NaN for rows that can't be used. */
  readonly strata: Float64Array
  readonly testSplit: number
  /** Share of the rows that are left; 0 for none. */
  readonly validationSplit: number
  /** Changes which rows are test rows. */
  readonly testSeed: number
  /** Changes which of the others are validation rows. */
  readonly validationSeed: number
}

export interface Split {
  readonly training: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
  /** Rows without a usable target: in no part. */
  readonly unusable: number
  /** Tells test rows from others in later tables too. */
  readonly rule: SplitRule
}

/**
 * Splits rows by their content: within each class the rows with the smallest hashes are kept out, so that the same
 * rows (and nearly the same after more were appended) are kept out whenever the seed is the same, and equal rows
 * never stand on both sides. Each part is in ascending order. Every class keeps at least one training row.
 */
export function splitRows(request: SplitRequest): Split {
  const { table, strata } = request
  const hashes = hashRows(table)
  const usable = rowsByStratum(strata)
  const chosen = usable.map((rows) => takeSmallest(rows, hashes, request.testSplit, request.testSeed))
  const remaining = chosen.map(({ others }) => others)
  const validation = remaining.map(
    (rows) => takeSmallest(rows, hashes, request.validationSplit, request.validationSeed ^ 0x5f356495).taken,
  )
  const test = merged(chosen.map(({ taken }) => taken))
  const isElsewhere = new Uint8Array(table.rows)
  for (const row of test) isElsewhere[row] = 1
  for (const rows of validation) for (const row of rows) isElsewhere[row] = 1
  return {
    training: merged(remaining.map((rows) => rows.filter((row) => isElsewhere[row] === 0))),
    validation: merged(validation),
    test,
    unusable: table.rows - usable.reduce((sum, rows) => sum + rows.length, 0),
    rule: {
      seed: request.testSeed,
      columns: table.columns.map(({ name }) => name),
      thresholds: chosen.map(({ threshold }) => threshold),
      trained: chosen.flatMap(({ skipped }) => skipped),
    },
  }
}

/**
 * The rows of a table that a version with this rule has not been trained on.
 *
 * @param table has the rule's columns; they are looked up by name
 * @param strata as for `splitRows`, in the version's own class indices
 */
export function rowsKeptOut(table: Table, strata: Float64Array, rule: SplitRule): Int32Array {
  const byName = new Map(table.columns.map((column) => [column.name, column]))
  const columns = rule.columns.flatMap((name) => byName.get(name) ?? [])
  if (columns.length < rule.columns.length) return new Int32Array(0)
  const hashes = hashRows({ rows: table.rows, columns })
  const trained = new Set(rule.trained)
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) {
    const threshold = rule.thresholds[strata[row] as number]
    if (threshold === undefined) continue
    const hash = seededHash(hashes, row, rule.seed)
    if (hash < threshold && !trained.has(hash)) rows.push(row)
  }
  return Int32Array.from(rows)
}

function rowsByStratum(strata: Float64Array): Int32Array[] {
  const groups: number[][] = []
  for (let row = 0; row < strata.length; row++) {
    const stratum = strata[row] as number
    if (Number.isNaN(stratum)) continue
    while (groups.length <= stratum) groups.push([])
    groups[stratum]?.push(row)
  }
  return groups.map((rows) => Int32Array.from(rows))
}

interface Taken {
  readonly taken: Int32Array
  readonly others: Int32Array
  /** All taken rows hash below it, and all others not, but for those skipped. */
  readonly threshold: number
  /** Hashes below the threshold that were not taken: more equal rows than the whole part should have. */
  readonly skipped: readonly number[]
}

/** Takes the share of the rows with the smallest hashes; rows with one hash stay together. */
function takeSmallest(rows: Int32Array, hashes: RowHashes, share: number, seed: number): Taken {
  const hashed = Float64Array.from(rows, (row) => seededHash(hashes, row, seed))
  const order = Uint32Array.from(rows, (_, at) => at)
  order.sort((a, b) => (hashed[a] as number) - (hashed[b] as number))
  const wanted = Math.min(Math.round(rows.length * share), rows.length - 1)
  const isTaken = new Uint8Array(rows.length)
  const skipped: number[] = []
  let count = 0
  let from = 0
  while (count < wanted && from < order.length) {
    let to = from
    while (to < order.length && hashed[order[to] as number] === hashed[order[from] as number]) to++
    if (to - from > wanted) skipped.push(hashed[order[from] as number] as number)
    else if (count + to - from < rows.length) {
      for (let at = from; at < to; at++) isTaken[order[at] as number] = 1
      count += to - from
    } else break
    from = to
  }
  return {
    taken: rows.filter((_, at) => isTaken[at] === 1),
    others: rows.filter((_, at) => isTaken[at] === 0),
    threshold: from === 0 ? 0 : (hashed[order[from - 1] as number] as number) + 1,
    skipped,
  }
}

function merged(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all.sort()
}
