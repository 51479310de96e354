import type { DuckDBConnection } from '@duckdb/node-api'
import { columnId, parquetFiles } from '../duckdb.js'
import type { StoredType } from '../infer-types.js'
import { isCard } from './checks.js'
import { isPersonsName, isPlainName, personalName } from './column-names.js'
import { FORMS, mayHold, type PersonalKind } from './kinds.js'

/** Personal data of one kind in one column. */
export interface Personal {
  readonly column: number
  readonly kind: PersonalKind
  /** Values that hold it, of those that were looked at. */
  readonly values: number
  readonly looked: number
  /** Whether the column's name says so: then each of its values counts. */
  readonly isByName: boolean
}

/** Rows that are looked at, in vectors from all over the file. */
const SAMPLE_ROWS = 20_000
const VECTOR_ROWS = 2048
/** Columns in one query. */
const BATCH = 256
const EXTREMES = 1000
const SHORTEST_CARD = 1e12
/** Characters that are searched at once, and by how many such pieces overlap: what is looked for is shorter. */
const PIECE = 20_000
const OVERLAP = 200
/** Values of a column that are remembered, so that equal ones are searched once. */
const REMEMBERED = 10_000
/** Of what looks like it, so many must pass the check digits: one in ten does by chance. */
const TRUE_SHARE = 0.5
/** A column that is called name holds people when so many of its values look like them. */
const NAMED_SHARE = 0.8

/**
 * Looks for personal data: in texts by its form, in other columns by their name, and for card numbers among integers.
 *
 * @param options.isExact whether all rows are looked at
 */
export async function findPersonal(
  connection: DuckDBConnection,
  {
    path,
    names,
    types,
    rows,
    isExact,
  }: {
    path: string
    names: readonly string[]
    types: readonly StoredType[]
    rows: number
    isExact: boolean
  },
): Promise<Personal[]> {
  const step = isExact ? 1 : Math.ceil(rows / SAMPLE_ROWS)
  const source =
    step === 1
      ? parquetFiles([path])
      : `${parquetFiles([path], { hasRowNumbers: true })} where file_row_number // ${VECTOR_ROWS} % ${step} = 0`
  const named = names.map(personalName)
  const integers = types.flatMap((type, column) => (type === 'integer' ? [column] : []))
  const long = await longIntegers(connection, { from: parquetFiles([path]), integers })
  const columns = types.flatMap((type, column) =>
    type === 'text' || long.has(column) || (type === 'integer' && named[column] !== null) ? [column] : [],
  )
  const found: Personal[] = []
  for (let start = 0; start < columns.length; start += BATCH) {
    const tallies = columns.slice(start, start + BATCH).map(
      (column) =>
        new Tally({
          column,
          type: types[column] as StoredType,
          named: named[column] ?? null,
          isPlainName: isPlainName(names[column] as string),
          isExact,
        }),
    )
    const terms = tallies.map(({ column }) => `${columnId(column)}::varchar`)
    const result = await connection.stream(`select ${terms.join(', ')} from ${source}`)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) break
      for (const [position, tally] of tallies.entries()) {
        const vector = chunk.getColumnVector(position)
        for (let row = 0; row < chunk.rowCount; row++) tally.add(vector.getItem(row) as string | null)
      }
    }
    found.push(...tallies.flatMap((tally) => tally.found()))
  }
  return found
}

/** Integers that a card's number could be. */
async function longIntegers(
  connection: DuckDBConnection,
  { from, integers }: { from: string; integers: readonly number[] },
): Promise<Set<number>> {
  const long = new Set<number>()
  for (let start = 0; start < integers.length; start += EXTREMES) {
    const batch = integers.slice(start, start + EXTREMES)
    const terms = batch.map((column) => `max(${columnId(column)})::double`)
    const reader = await connection.runAndReadAll(`select ${terms.join(', ')} from ${from}`)
    const found = reader.getRows()[0] ?? []
    for (const [at, column] of batch.entries()) if (Number(found[at]) >= SHORTEST_CARD) long.add(column)
  }
  return long
}

const patterns = FORMS.map(({ pattern }) => new RegExp(pattern, 'g'))

interface Looked {
  readonly candidates: readonly number[]
  readonly true: readonly number[]
}
const NOTHING: Looked = { candidates: [], true: [] }

/** What the values of one column hold. */
class Tally {
  readonly column: number
  readonly #type: StoredType
  readonly #named: PersonalKind | null
  readonly #isExact: boolean
  readonly #known = new Map<string, Looked>()
  /** By form: values in which it was found, and those in which one of them passed its check. */
  readonly #candidates = new Float64Array(FORMS.length)
  readonly #true = new Float64Array(FORMS.length)
  readonly #isPlainName: boolean
  #looked = 0
  #cards = 0
  #people = 0

  constructor({
    column,
    type,
    named,
    isPlainName,
    isExact,
  }: {
    column: number
    type: StoredType
    named: PersonalKind | null
    isPlainName: boolean
    isExact: boolean
  }) {
    this.column = column
    this.#type = type
    this.#named = named
    this.#isExact = isExact
    this.#isPlainName = isPlainName
  }

  add(text: string | null): void {
    if (text === null) return
    this.#looked++
    if (this.#type === 'integer') {
      if (isCard(text)) this.#cards++
      return
    }
    if (this.#isPlainName && isPersonsName(text)) this.#people++
    let looked = this.#known.get(text)
    if (looked === undefined) {
      looked = lookedThrough(text, this.#isExact)
      if (this.#known.size < REMEMBERED && text.length < OVERLAP) this.#known.set(text, looked)
    }
    for (const form of looked.candidates) this.#candidates[form] = (this.#candidates[form] as number) + 1
    for (const form of looked.true) this.#true[form] = (this.#true[form] as number) + 1
  }

  found(): Personal[] {
    const looked = this.#looked
    if (looked === 0) return []
    const { column } = this
    const found = new Map<PersonalKind, Personal>()
    for (const [form, { kind }] of FORMS.entries()) {
      const values = this.#true[form] as number
      if (values === 0 || values < TRUE_SHARE * (this.#candidates[form] as number)) continue
      const before = found.get(kind)?.values ?? 0
      found.set(kind, { column, kind, values: Math.min(before + values, looked), looked, isByName: false })
    }
    if (this.#cards >= TRUE_SHARE * looked) {
      found.set('card', { column, kind: 'card', values: this.#cards, looked, isByName: true })
    }
    const named = this.#people >= NAMED_SHARE * looked && this.#people > 0 ? 'name' : this.#named
    if (named !== null && (this.#type === 'text' || named !== 'name')) {
      found.set(named, { column, kind: named, values: looked, looked, isByName: true })
    }
    return [...found.values()]
  }
}

/** Which forms a text holds: numbers of the list. */
function lookedThrough(text: string, isExact: boolean): Looked {
  if (!mayHold(text)) return NOTHING
  const candidates = new Set<number>()
  const valid = new Set<number>()
  for (let start = 0; start === 0 || (isExact && start < text.length); start += PIECE - OVERLAP) {
    let rest = text.slice(start, start + PIECE)
    for (const [form, { isOne }] of FORMS.entries()) {
      const matches = rest.match(patterns[form] as RegExp)
      if (matches === null) continue
      candidates.add(form)
      if (!matches.some(isOne)) continue
      valid.add(form)
      // A card's digits are no phone's.
      rest = rest.replace(patterns[form] as RegExp, (match) => (isOne(match) ? ' ' : match))
    }
  }
  return { candidates: [...candidates], true: [...valid] }
}
