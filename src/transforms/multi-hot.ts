import { type Static, Type } from 'typebox'
import type { NumericColumn, TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { itemsOf, type Separator, separatorOf } from '../datasets/list-text.js'

const Options = Type.Object(
  {
    separator: Type.Union([Type.Literal('auto'), Type.Literal('|'), Type.Literal(';')], {
      default: 'auto',
      description:
        'Between the items of lists that are no JSON; auto: the one that more of the training rows hold',
    }),
    maxItems: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 10_000,
      description: 'The most frequent items get a column each; all others share one',
    }),
    minRows: Type.Integer({
      default: 1,
      minimum: 1,
      description: 'Items in fewer training rows go to the shared column',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

/** What one column becomes: a column for each item, then the shared one, then the one for missing lists. */
interface Encoding {
  readonly separator: Separator
  readonly items: readonly string[]
  readonly other: boolean
  readonly missing: boolean
}
interface State {
  readonly encodings: readonly Encoding[]
}

const multiHot = {
  name: 'multi-hot',
  summary:
    'Turns each item of lists, such as a|b or ["a","b"], into a column of its own, "<column>=<item>", 1 where the list holds ' +
    'it. Rare and unseen items share "<column>=(other)" if the training rows had rare ones; missing lists have ' +
    '"<column>=(missing)" if the training rows had any, and are all zeros else.',
  options: Options,
  accepts: 'text',
  fit: (columns, options) => ({ encodings: columns.map((column) => encodingOf(column, options)) }),
  apply: (columns, { encodings }) =>
    columns.flatMap((column, index) => encoded(column, encodings[index] as Encoding)),
} satisfies Transform<Options, State, TextColumn>
export default multiHot

function encodingOf({ codes, dictionary }: TextColumn, { separator: given, ...options }: Options): Encoding {
  const rows = new Float64Array(dictionary.length)
  let missing = 0
  for (const code of codes) {
    if (code < 0) missing++
    else rows[code] = (rows[code] as number) + 1
  }
  const held = dictionary.filter((_, code) => (rows[code] as number) > 0)
  const separator = given === 'auto' ? separatorOf(held) : given
  const counts = new Map<string, number>()
  for (const [code, text] of dictionary.entries()) {
    const count = rows[code] as number
    if (count > 0)
      for (const item of itemsOf(text, separator)) counts.set(item, (counts.get(item) ?? 0) + count)
  }
  const byFrequency = [...counts].sort(([a, rowsA], [b, rowsB]) => rowsB - rowsA || (a < b ? -1 : 1))
  const frequent = byFrequency.slice(0, options.maxItems).filter(([, count]) => count >= options.minRows)
  return {
    separator,
    items: frequent.map(([item]) => item),
    other: frequent.length < byFrequency.length,
    missing: missing > 0,
  }
}

function encoded({ name, codes, dictionary }: TextColumn, encoding: Encoding): NumericColumn[] {
  const { separator, items, other, missing } = encoding
  const places = placesOf(encoding)
  const names = [
    ...items,
    ...(other ? [unlike('(other)', places)] : []),
    ...(missing ? [unlike('(missing)', places)] : []),
  ]
  const columns = names.map((item) => ({
    kind: 'numeric' as const,
    name: `${name}=${item}`,
    values: new Float64Array(codes.length),
  }))
  const shared = other ? items.length : -1
  const known = new Map<number, readonly number[]>([[-1, missing ? [names.length - 1] : []]])
  for (const [row, code] of codes.entries()) {
    let held = known.get(code)
    if (held === undefined) {
      held = itemsOf(dictionary[code] as string, separator).map((item) => places.get(item) ?? shared)
      known.set(code, held)
    }
    for (const place of held) {
      const column = columns[place]
      if (column !== undefined) column.values[row] = 1
    }
  }
  return columns
}

/** Kept by the state's own object, so that serving makes the index once for each loaded model. */
const indices = new WeakMap<Encoding, ReadonlyMap<string, number>>()

function placesOf(encoding: Encoding): ReadonlyMap<string, number> {
  const known = indices.get(encoding)
  if (known !== undefined) return known
  const places = new Map(encoding.items.map((item, place) => [item, place]))
  indices.set(encoding, places)
  return places
}

/** An item may itself be "(other)". */
const unlike = (label: string, items: ReadonlyMap<string, number>): string =>
  items.has(label) ? unlike(`(${label})`, items) : label
