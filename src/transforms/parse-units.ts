import { type Static, Type } from 'typebox'
import type { TextColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapCategories, placeCategories } from './columns/categories.js'
import { factorsFrom, readQuantity } from './columns/units.js'

const Options = Type.Object(
  {
    units: Type.Record(Type.String({ maxLength: 40 }), Type.Number({ exclusiveMinimum: 0 }), {
      default: {},
      description:
        'What a number with a unit is multiplied by, such as { "kg": 1, "g": 0.001 }. Without any: numbers are brought to the ' +
        'unit that most training rows have, from others that measure the same (mass, length, volume, time, data, power, energy, speed)',
    }),
    decimal: Type.Union([Type.Literal('.'), Type.Literal(',')], {
      default: '.',
      description:
        'What stands before the fraction; the other one, spaces and apostrophes separate groups of digits',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface Reading {
  /** A number of that unit is multiplied by the factor; other units can't be read. Numbers without one are as they are. */
  readonly factors: readonly (readonly [unit: string, factor: number])[]
  /** Training rows whose text could not be read, and the first such text. */
  readonly unread: { readonly rows: number; readonly example: string | null }
}
interface State {
  /** By column. */
  readonly readings: readonly Reading[]
}

const parseUnits = {
  name: 'parse-units',
  summary:
    'Reads texts such as "12 kg", "€ 1,200.50" or "35 %" as numbers, in one unit. A text without exactly one number, or with a ' +
    'unit that is not known, becomes missing, as missing ones stay; the report counts those of the training rows.',
  options: Options,
  accepts: 'text',
  fit: (columns, options) => ({ readings: columns.map((column) => readingOf(column, options)) }),
  apply: (columns, { readings }, options) =>
    columns.map((column, index) => {
      const factors = new Map((readings[index] as Reading).factors)
      const values = mapCategories(column, (text) =>
        text === null ? Number.NaN : numberOf(text, factors, options),
      )
      return { kind: 'numeric', name: column.name, values }
    }),
  warnings: (names, { readings }) =>
    readings.flatMap(({ unread: { rows, example } }, index) => {
      if (rows === 0) return []
      return [
        {
          code: 'units-unread',
          detail: `${rows} training rows of ${names[index]} hold no number with a known unit and count as missing, such as ${JSON.stringify(example)}`,
          remedy: 'Nothing, or give the units with their factors as the option units of parse-units',
        },
      ]
    }),
} satisfies Transform<Options, State, TextColumn>
export default parseUnits

function numberOf(text: string, factors: ReadonlyMap<string, number>, { decimal }: Options): number {
  const quantity = readQuantity(text, decimal)
  if (quantity === null) return Number.NaN
  return quantity.value * (quantity.unit === '' ? 1 : (factors.get(quantity.unit) ?? Number.NaN))
}

function readingOf(column: TextColumn, options: Options): Reading {
  const { categories, places } = placeCategories(column)
  const rows = new Float64Array(categories.length)
  for (const place of places) rows[place] = (rows[place] as number) + 1
  const given = Object.entries(options.units).map(([unit, factor]) => [unit.toLowerCase(), factor] as const)
  const factors = new Map(given.length > 0 ? given : usualFactors(categories, rows, options))
  let unread = 0
  let example: string | null = null
  for (const [place, text] of categories.entries()) {
    if (text === null || !Number.isNaN(numberOf(text, factors, options))) continue
    unread += rows[place] as number
    example ??= text.slice(0, 80)
  }
  return { factors: [...factors], unread: { rows: unread, example } }
}

/** Those of the most frequent unit; of equally frequent ones the first that stands in the rows. */
function usualFactors(
  categories: readonly (string | null)[],
  rows: Float64Array,
  { decimal }: Options,
): (readonly [string, number])[] {
  const counts = new Map<string, number>()
  for (const [place, text] of categories.entries()) {
    const unit = text === null ? '' : (readQuantity(text, decimal)?.unit ?? '')
    if (unit !== '') counts.set(unit, (counts.get(unit) ?? 0) + (rows[place] as number))
  }
  const [first] = [...counts].sort(([, a], [, b]) => b - a)
  if (first === undefined) return []
  const [usual] = first
  return [...(factorsFrom(usual) ?? new Map([[usual, 1]]))]
}
