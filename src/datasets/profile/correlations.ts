import type { DuckDBConnection } from '@duckdb/node-api'
import { type Static, Type } from 'typebox'
import type { DatasetColumn, DatasetSnapshot } from '../../contracts/dataset.js'
import { type SampleColumn, sampleRows } from '../sample-rows.js'
import { type Codes, correlationRatio, cramersV, type Numbers, pearson, ranksOf } from './association.js'

const Correlation = Type.Object({
  columns: Type.Array(Type.String(), { minItems: 2, maxItems: 2 }),
  measure: Type.Enum(['pearson', 'correlation-ratio', 'cramers-v'], {
    description:
      'pearson for two columns of numbers or dates, correlation-ratio for numbers by categories, cramers-v for two of categories',
  }),
  value: Type.Number({ minimum: -1, maximum: 1, description: 'From −1 for pearson, from 0 for the others' }),
  spearman: Type.Optional(
    Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.Null()], {
      description: 'Of two columns of numbers: the correlation of their ranks among all values of each',
    }),
  ),
  rows: Type.Integer({ minimum: 3, description: 'Sampled rows that have both values' }),
})

export const Correlations = Type.Object({
  sampledRows: Type.Integer({ minimum: 0, description: 'Rows from all over the data' }),
  columns: Type.Integer({ minimum: 0, description: 'Columns that were compared with each other' }),
  columnsLeftOut: Type.Integer({
    minimum: 0,
    description: 'The others: texts, images, constants, and columns beyond the first of their kind',
  }),
  pairs: Type.Array(Correlation, { description: 'The strongest 500, the strongest first' }),
})
export type Correlations = Static<typeof Correlations>

/** An error of 0.01 at most, which is enough to look at. */
const SAMPLE_ROWS = 10_000
/** More of a kind are left out: pairs grow with the square. */
const MOST_NUMBERS = 40
const MOST_CATEGORIES = 25
/** Categories of more values tell numbers apart by chance. */
const MOST_VALUES = 100
const MOST_PAIRS = 500

/** How columns go together, on a sample. */
export async function correlations(
  connection: DuckDBConnection,
  { snapshot, path }: { snapshot: DatasetSnapshot; path: (sha256: string) => string },
): Promise<Correlations> {
  const all = snapshot.columns.map((column, index) => ({ column, index }))
  const numbers = all.filter(({ column }) => isNumber(column)).slice(0, MOST_NUMBERS)
  const categories = all.filter(({ column }) => isCategory(column)).slice(0, MOST_CATEGORIES)
  const chosen = [...numbers, ...categories].map(({ index }) => index)
  const sample = await sampleRows(connection, { snapshot, path, columns: chosen, rows: SAMPLE_ROWS })
  const pairs = associations({
    numbers: sample.slice(0, numbers.length),
    categories: sample.slice(numbers.length),
  })
  return {
    sampledRows: sample[0]?.values.length ?? 0,
    columns: chosen.length,
    columnsLeftOut: all.length - chosen.length,
    pairs: pairs.sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, MOST_PAIRS),
  }
}

const isNumber = ({ type, distinct }: DatasetColumn): boolean =>
  distinct > 1 && (type === 'number' || type === 'integer' || type === 'date')

const isCategory = ({ type, distinct }: DatasetColumn): boolean =>
  distinct > 1 && distinct <= MOST_VALUES && (type === 'category' || type === 'boolean')

/** Every pair for which a measure is defined. */
export function associations({
  numbers,
  categories,
}: {
  numbers: readonly SampleColumn[]
  categories: readonly SampleColumn[]
}): Correlations['pairs'] {
  const quantities = numbers.map(({ name, values: sampled }) => {
    const values = numbersOf(sampled)
    return { name, values, ranks: ranksOf(values) }
  })
  const classes = categories.map(({ name, values }) => ({ name, values: codesOf(values) }))
  const pairs: Correlations['pairs'] = []
  for (const [at, x] of quantities.entries()) {
    for (const y of quantities.slice(at + 1)) {
      const found = pearson(x.values, y.values)
      if (found === null) continue
      const ranked = pearson(x.ranks, y.ranks)
      pairs.push({ columns: [x.name, y.name], measure: 'pearson', ...found, spearman: ranked?.value ?? null })
    }
    for (const { name, values } of classes) {
      const found = correlationRatio(x.values, values)
      if (found !== null) pairs.push({ columns: [x.name, name], measure: 'correlation-ratio', ...found })
    }
  }
  for (const [at, a] of classes.entries()) {
    for (const b of classes.slice(at + 1)) {
      const found = cramersV(a.values, b.values)
      if (found !== null) pairs.push({ columns: [a.name, b.name], measure: 'cramers-v', ...found })
    }
  }
  return pairs
}

const numbersOf = (values: SampleColumn['values']): Numbers =>
  Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))

function codesOf(values: SampleColumn['values']): Codes {
  const codes = new Map<SampleColumn['values'][number], number>([[null, -1]])
  return Int32Array.from(values, (value) => {
    const known = codes.get(value)
    if (known !== undefined) return known
    codes.set(value, codes.size - 1)
    return codes.size - 2
  })
}
