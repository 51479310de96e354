import type { TextColumn } from '../../contracts/table.js'
import { countsOf } from './analyze.js'
import { textsOf } from './rows.js'

/** How often a term stands in the training texts. */
export interface TermCount {
  /** In how many rows. */
  rows: number
  /** In all of them together. */
  times: number
}

/** So many different terms are in memory at most; about 100 bytes each. */
const MAX_TERMS = 4_000_000

/**
 * Counts the terms of texts. Where there are too many different ones, the rarest are forgotten on the way, as word2vec
 * does: first those of one row, then those of two, and so on.
 *
 * @returns by term, and how many rows have a text
 */
export function countTerms(
  column: TextColumn,
  termsOf: (text: string) => readonly string[],
  maxTerms = MAX_TERMS,
): { counts: Map<string, TermCount>; texts: number } {
  const counts = new Map<string, TermCount>()
  let texts = 0
  let forgotten = 0
  for (const { text, rows } of textsOf(column)) {
    texts += rows
    for (const [term, times] of countsOf(termsOf(text))) {
      const count = counts.get(term)
      if (count === undefined) counts.set(term, { rows, times: times * rows })
      else {
        count.rows += rows
        count.times += times * rows
      }
    }
    while (counts.size > maxTerms) {
      forgotten++
      for (const [term, count] of counts) if (count.rows <= forgotten) counts.delete(term)
    }
  }
  return { counts, texts }
}

/** The terms that stand most often, in alphabetical order (by UTF-16 units); of equally frequent ones the first. */
export function mostFrequent(counts: ReadonlyMap<string, TermCount>, limit: number): string[] {
  const terms = [...counts.keys()]
  const timesOf = (term: string): number => (counts.get(term) as TermCount).times
  const chosen =
    terms.length <= limit
      ? terms
      : terms.sort((a, b) => timesOf(b) - timesOf(a) || byText(a, b)).slice(0, limit)
  return chosen.sort(byText)
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
