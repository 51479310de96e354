import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnCount } from '../count-values.js'
import { columnId, narrowed } from '../duckdb.js'
import { areLists } from '../list-text.js'
import { groupSpellings, type MergedSpelling, mergedOf } from '../spelling.js'
import { type Notation, notationOf } from './notation.js'

/** Columns with at most so many different values are looked at in full; of others the first rows. */
const ALL_VALUES = 5_000
const FIRST_ROWS = 200_000
/** Longer texts are prose, not labels. */
const LABEL_BYTES = 200
/** Columns in one query. */
const BATCH = 32

/** What the texts of columns show. */
export interface Texts {
  /** By column: spellings that only differ from a more frequent one in case or a final full stop. */
  readonly spellings: ReadonlyMap<number, readonly MergedSpelling[]>
  /** Columns whose texts are lists of categories. */
  readonly lists: ReadonlySet<number>
  /** By column: in which other notation its texts are numbers or dates. */
  readonly notations: ReadonlyMap<number, Notation>
  /** Columns in which a text holds a space; outer ones were cut off when they were read. */
  readonly spaced: ReadonlySet<number>
}

/** Looks at the texts of columns that may be labels, lists or names. */
export async function examineTexts(
  connection: DuckDBConnection,
  {
    from,
    rows,
    texts,
  }: {
    from: string
    rows: number
    texts: readonly { readonly column: number; readonly count: ColumnCount }[]
  },
): Promise<Texts> {
  const spellings = new Map<number, MergedSpelling[]>()
  const lists = new Set<number>()
  const notations = new Map<number, Notation>()
  const labels = texts.filter(({ count }) => count.meanBytes <= LABEL_BYTES)
  for (let start = 0; start < labels.length; start += BATCH) {
    const batch = labels.slice(start, start + BATCH)
    const ids = batch.map(({ column }) => columnId(column))
    const narrow = await narrowed(connection, { from, ids, rows })
    const counts = await countTexts(connection, { from: narrow, labels: batch })
    for (const [column, texts] of counts) {
      if (areLists(texts)) lists.add(column)
      const notation = notationOf(texts)
      if (notation !== null) notations.set(column, notation)
      const merged = mergedOf(groupSpellings(texts))
      if (merged.length > 0) spellings.set(column, merged)
    }
  }
  return { spellings, lists, notations, spaced: await findSpaced(connection, { from, labels }) }
}

/** Asks all rows, since one with a space makes a name of what looks like an identifier. */
async function findSpaced(
  connection: DuckDBConnection,
  { from, labels }: { from: string; labels: readonly { readonly column: number }[] },
): Promise<Set<number>> {
  const spaced = new Set<number>()
  for (let start = 0; start < labels.length; start += BATCH) {
    const batch = labels.slice(start, start + BATCH)
    const terms = batch.map(({ column }) => `bool_or(contains(${columnId(column)}, ' '))`)
    const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${from}`)
    const found = reader.getRows()[0] ?? []
    for (const [at, { column }] of batch.entries()) if (found[at] === true) spaced.add(column)
  }
  return spaced
}

async function countTexts(
  connection: DuckDBConnection,
  { from, labels }: { from: string; labels: readonly { column: number; count: ColumnCount }[] },
): Promise<Map<number, Map<string, number>>> {
  const queries = labels.map(({ column, count }) => {
    const id = columnId(column)
    const source = count.distinct <= ALL_VALUES ? from : `(select ${id} from ${from} limit ${FIRST_ROWS})`
    return (
      `select ${column} as number, ${id} as text, count(*) as rows from ${source} ` +
      `where ${id} is not null and strlen(${id}) <= ${LABEL_BYTES} group by ${id}`
    )
  })
  const reader = await connection.runAndReadAll(queries.join(' union all '))
  const [numbers = [], texts = [], rows = []] = reader.getColumns()
  const counts = new Map(labels.map(({ column }) => [column, new Map<string, number>()]))
  for (const [at, number] of numbers.entries()) {
    counts.get(Number(number))?.set(texts[at] as string, Number(rows[at]))
  }
  return counts
}
