import type { DatasetColumn } from '../../contracts/dataset.js'
import { isoText } from '../iso-time.js'
import { quantilesOf } from '../profile/distribution.js'
import type { SampleColumn } from '../sample-rows.js'
import type { Change } from './difference-schema.js'

/** Smaller changes are not told. */
const MISSING_CHANGE = 0.02
const SHARE_CHANGE = 0.05
const DISTANCE = 0.1
/** Standard errors beyond which a change of shares is no chance: one in ten thousand. */
const ERRORS = 4
/** Of the Kolmogorov–Smirnov distance: one in a thousand (Smirnov, 1948). */
const KS_FACTOR = 1.95
/** Values that are named. */
const NAMED = 5

/** One column in two versions. */
export interface ColumnPair {
  readonly before: DatasetColumn
  readonly after: DatasetColumn
  /** Of each version. */
  readonly rows: { readonly before: number; readonly after: number }
}

/** How much of a column is missing, when that has changed. */
export function compareMissing({ before, after, rows }: ColumnPair): Change[] {
  const old = { hits: before.missing, of: rows.before }
  const now = { hits: after.missing, of: rows.after }
  if (!hasChanged(old, now, MISSING_CHANGE)) return []
  const detail = `Missing values went from ${percent(old)} to ${percent(now)}`
  return [{ column: after.name, code: 'missing', detail }]
}

interface Share {
  readonly hits: number
  readonly of: number
}

/** Whether two shares differ by so much, and by more than chance (the two-proportion z-test). */
function hasChanged(old: Share, now: Share, least: number): boolean {
  const difference = Math.abs(now.hits / now.of - old.hits / old.of)
  const pooled = (old.hits + now.hits) / (old.of + now.of)
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / old.of + 1 / now.of))
  return difference >= least && difference > ERRORS * error
}

const percent = ({ hits, of }: Share): string => `${Number(((100 * hits) / of).toFixed(1))} %`

/** Which values stand more or less often, of sampled categories or booleans. */
export function compareShares(before: SampleColumn, after: SampleColumn): Change[] {
  const [old, now] = [countsOf(before), countsOf(after)]
  if (old.of === 0 || now.of === 0) return []
  const changed = [...new Set([...old.counts.keys(), ...now.counts.keys()])]
    .map((value) => ({
      value,
      old: { hits: old.counts.get(value) ?? 0, of: old.of },
      now: { hits: now.counts.get(value) ?? 0, of: now.of },
    }))
    .filter((each) => hasChanged(each.old, each.now, SHARE_CHANGE))
    .sort(
      (a, b) =>
        Math.abs(b.now.hits / now.of - b.old.hits / old.of) -
        Math.abs(a.now.hits / now.of - a.old.hits / old.of),
    )
  if (changed.length === 0) return []
  const named = changed
    .slice(0, NAMED)
    .map((each) => `${JSON.stringify(each.value)} went from ${percent(each.old)} to ${percent(each.now)}`)
  return [{ column: after.name, code: 'shares', detail: capital(listed(named, changed.length)) }]
}

function countsOf({ values }: SampleColumn): { counts: Map<string, number>; of: number } {
  const counts = new Map<string, number>()
  let of = 0
  for (const value of values) {
    if (value === null) continue
    of++
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  }
  return { counts, of }
}

/** Whether sampled numbers lie elsewhere: the two-sample Kolmogorov–Smirnov distance, and their quantiles in words. */
export function compareNumbers(
  { before, after }: { before: SampleColumn; after: SampleColumn },
  { isDate }: { isDate: boolean },
): Change[] {
  const [old, now] = [before, after].map(({ values }) =>
    Float64Array.from(values.filter((value) => value !== null) as number[]).sort(),
  ) as [Float64Array, Float64Array]
  if (old.length === 0 || now.length === 0) return []
  const distance = kolmogorovSmirnov(old, now)
  const chance = KS_FACTOR * Math.sqrt((old.length + now.length) / (old.length * now.length))
  if (distance < Math.max(DISTANCE, chance)) return []
  const [then, today] = [quantilesOf(old), quantilesOf(now)]
  const shown = (value: number) => (isDate ? isoText(value) : String(Number(value.toPrecision(4))))
  const detail =
    `The median went from ${shown(then.p50)} to ${shown(today.p50)}, the middle half from ${shown(then.p25)} … ` +
    `${shown(then.p75)} to ${shown(today.p25)} … ${shown(today.p75)} (Kolmogorov–Smirnov distance ${distance.toFixed(2)})`
  return [{ column: after.name, code: 'distribution', detail }]
}

/** The greatest distance between two samples’ distributions. @param a and b ascending */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  let [i, j, distance] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number)
    while (i < a.length && a[i] === value) i++
    while (j < b.length && b[j] === value) j++
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length))
  }
  return distance
}

/** Values that only one of two versions has. @param column of the later version */
export function compareValues(
  column: string,
  { added, gone }: { added: readonly string[]; gone: readonly string[] },
): Change[] {
  const change = (code: 'new-values' | 'values-gone', values: readonly string[], are: string): Change[] => {
    if (values.length === 0) return []
    const named = listed(
      values.slice(0, NAMED).map((value) => JSON.stringify(value.slice(0, 100))),
      values.length,
    )
    return [
      {
        column,
        code,
        detail: `${values.length} ${values.length === 1 ? 'value is' : 'values are'} ${are}: ${named}`,
      },
    ]
  }
  return [...change('new-values', added, 'new'), ...change('values-gone', gone, 'gone')]
}

const listed = (named: readonly string[], all: number): string =>
  named.join(', ') + (all > named.length ? `, and ${all - named.length} more` : '')

const capital = (text: string): string => text.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
