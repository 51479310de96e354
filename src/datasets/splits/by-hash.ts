import type { HashRule } from '../../contracts/split.js'
import { hashRows } from '../row-hash.js'
import { dealOut } from './deal-out.js'
import {
  COLUMN_PATH,
  type Parted,
  partedBy,
  refused,
  refuseWhere,
  type Splitter,
  type SplitterOptions,
  VALIDATION_PATH,
} from './splitter.js'
import { takeGroups, takeSmallest } from './take-share.js'

/** Lets the seeds of the test and the validation rows be equal. */
const VALIDATION = 0x5f356495

/**
 * By chance, within each class if stratified: the rows whose content has the smallest hashes are taken, so that the
 * same rows (and nearly the same after more were appended) are kept out whenever the seed is the same, and equal rows
 * never stand on both sides. Every class keeps at least one row that is not taken, if stratified.
 */
export function byContent(
  by: 'stratified' | 'random',
  { content, strata }: Omit<SplitterOptions, 'by' | 'column'>,
): Splitter {
  const hashes = hashRows(content)
  const take = (rows: Int32Array, { share, seed }: { share: number; seed: number }) =>
    (by === 'random' ? [rows] : byStratum(rows, strata)).map((own) =>
      takeSmallest(own, { hashes, share, seed }),
    )
  return {
    isOrdered: false,
    test(rows, chance) {
      const parts = take(rows, chance)
      const thresholds = parts.map(({ threshold }) => threshold)
      const rule: HashRule = {
        by,
        seed: chance.seed,
        columns: content.columns.map(({ name }) => name),
        thresholds: by === 'random' ? Array(classesOf(strata)).fill(thresholds[0]) : thresholds,
        trained: parts.flatMap(({ skipped }) => skipped),
      }
      return { ...together(rows, parts), rule }
    },
    validation: (rows, { share, seed }) => together(rows, take(rows, { share, seed: seed ^ VALIDATION })),
    folds(rows, { folds, seed, path }) {
      const dealt = dealOut(rows, { hashes, folds, seed, strata: by === 'random' ? null : strata })
      return filled(dealt, { folds, path, what: 'there are different rows' })
    },
  }
}

/** By chance, rows with one value in the column together. A group that is known stays where it is when rows are appended. */
export function byGroup({
  column,
  strata,
}: Pick<SplitterOptions, 'strata'> & { column: NonNullable<SplitterOptions['column']> }): Splitter {
  const { name } = column
  const hashes = hashRows({ rows: strata.length, columns: [column] })
  const isMissing =
    column.kind === 'text'
      ? (row: number) => (column.codes[row] as number) < 0
      : (row: number) => Number.isNaN(column.values[row])
  const known = (rows: Int32Array): Int32Array => {
    const expected = `a value of ${name} in every row with a target`
    refuseWhere(rows, isMissing, { expected, received: () => 'none' })
    return rows
  }
  return {
    isOrdered: false,
    test(rows, chance) {
      const { groups, threshold, skipped, ...parts } = takeGroups(known(rows), { hashes, ...chance })
      if (chance.share > 0 && parts.taken.length === 0) {
        throw refused(COLUMN_PATH, 'a column with two groups of rows at least', `${groups} in ${name}`)
      }
      const rule: HashRule = {
        by: 'group',
        seed: chance.seed,
        columns: [name],
        thresholds: Array(classesOf(strata)).fill(threshold),
        trained: [...skipped],
      }
      return { ...parts, rule }
    },
    validation(rows, { share, seed }) {
      const { groups, ...parts } = takeGroups(known(rows), { hashes, share, seed: seed ^ VALIDATION })
      if (share === 0 || parts.taken.length > 0) return parts
      const expected = `0, since the rows beside the test rows are of ${groups} group in ${name}`
      throw refused(VALIDATION_PATH, expected, share)
    },
    folds(rows, { folds, seed, path }) {
      const dealt = dealOut(known(rows), { hashes, folds, seed, strata: null })
      return filled(dealt, { folds, path, what: `${name} has groups` })
    },
  }
}

/** @throws FlywheelError specification-invalid for folds without a row: fewer different contents than folds */
function filled(
  dealt: Int32Array,
  { folds, path, what }: { folds: number; path: string; what: string },
): Int32Array {
  const used = new Set(dealt).size
  if (used === folds) return dealt
  throw refused(path, `at most as many folds as ${what}: ${used}`, folds)
}

/** One more than the largest class index; missing ones (NaN) are left out. */
const classesOf = (strata: Float64Array): number =>
  strata.reduce((most, stratum) => (stratum >= most ? stratum + 1 : most), 0)

/** The rows of each class; empty for classes without any. */
function byStratum(rows: Int32Array, strata: Float64Array): Int32Array[] {
  const counts: number[] = []
  for (const row of rows) {
    const stratum = strata[row] as number
    while (counts.length <= stratum) counts.push(0)
    counts[stratum] = (counts[stratum] as number) + 1
  }
  const groups = counts.map((count) => new Int32Array(count))
  const ends = counts.map(() => 0)
  for (const row of rows) {
    const stratum = strata[row] as number
    const end = ends[stratum] as number
    ;(groups[stratum] as Int32Array)[end] = row
    ends[stratum] = end + 1
  }
  return groups
}

/** The parts of several classes as one, in the order of the rows. */
function together(rows: Int32Array, parts: readonly Parted[]): Parted {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const isTaken = new Uint8Array(rows.reduce((most, row) => Math.max(most, row), -1) + 1)
  for (const { taken } of parts) for (const row of taken) isTaken[row] = 1
  return partedBy(rows, (at) => isTaken[rows[at] as number] === 1)
}
