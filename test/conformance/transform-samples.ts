import type { Column, NumericColumn, Table, TensorColumn, TextColumn } from '../../src/contracts/table.js'
import type { FitContext } from '../../src/contracts/transform.js'
import { coloured, grey } from '../datasets/images/archives.js'

/** Uniform in [0, 1), the same for the same seed (a linear congruential generator, Numerical Recipes). */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const oneOf = <Item>(items: readonly Item[], random: () => number): Item =>
  items[Math.floor(random() * items.length)] as Item

const numbers = [0, -0, 1, -1, 1 / 3, 2.5, 7, 1e-12, -1e6, 123456.789, 1e12]
const strangeNumbers = [5e-324, 1e-310, 1e300, -1e300, 2 ** 53, 0.1 + 0.2]
const texts = ['Bonn', ' Ulm ', 'ulm.', '12 kg', '3,500 g', '', '__proto__', '東京', 'A  b', '(other)', '7']
const strangeTexts = [
  'constructor',
  'e\u0301',
  '\u00e9',
  '\ud83d\ude00',
  '1e5 kg',
  '-0',
  'NaN',
  '.5 t',
  'x'.repeat(300),
]

/** Images of several formats and sizes, grey and coloured; the first three are in the training rows. */
const pictures: readonly Uint8Array[] = await Promise.all([
  grey(40, { first: 200 }),
  grey(0, { width: 9, height: 3, first: 255 }),
  grey(128, { width: 70, height: 40, first: 0 }),
  coloured({ r: 200, g: 30, b: 90 }),
  coloured({ r: 0, g: 90, b: 250 }, { format: 'jpeg', width: 70, height: 40 }),
  coloured({ r: 9, g: 90, b: 2 }, { format: 'webp', width: 3, height: 17 }),
  coloured({ r: 9, g: 190, b: 2 }, { format: 'gif', width: 1, height: 1 }),
])

/**
 * Rows of numbers, flags, times, texts, images and vectors, with missing values, some of them constant or all missing; strange
 * values too where they come after training.
 */
export function randomTable(
  rows: number,
  { random, isLater }: { random: () => number; isLater: boolean },
): Table {
  const column = (name: string, draw: () => number): NumericColumn => {
    const kind = random()
    const constant = kind < 0.1 ? Number.NaN : kind < 0.2 ? 2.5 : null
    const value = () => constant ?? draw()
    const values = Float64Array.from({ length: rows }, () => (random() < 0.15 ? Number.NaN : value()))
    return { kind: 'numeric', name, values }
  }
  const missing = random() < 0.1 ? 1 : 0.15
  const words = isLater ? [...texts, ...strangeTexts] : texts
  const city: TextColumn = {
    kind: 'text',
    name: 'city',
    codes: Int32Array.from({ length: rows }, () =>
      random() < missing ? -1 : Math.floor(random() * words.length),
    ),
    dictionary: words,
  }
  const place: TensorColumn = {
    kind: 'tensor',
    name: 'place',
    rowKind: 'vector',
    shape: [3],
    values: new Float32Array(3 * rows),
  }
  for (let row = 0; row < rows; row++) {
    const isMissing = random() < missing
    for (let at = 3 * row; at < 3 * row + 3; at++) {
      place.values[at] = isMissing ? Number.NaN : oneOf([0, -0, 1 / 3, -2.5, random()], random)
    }
  }
  const drawn = isLater ? pictures : pictures.slice(0, 3)
  const photos = Array.from({ length: rows }, () => (random() < 0.15 ? null : oneOf(drawn, random)))
  return {
    rows,
    columns: [
      column('amount', () =>
        random() < 0.4
          ? (random() - 0.3) * 100
          : oneOf(isLater ? [...numbers, ...strangeNumbers] : numbers, random),
      ),
      column('flag', () => Math.floor(random() * 2)),
      column('time', () => Math.floor((random() - 0.2) * 2e12)),
      city,
      { kind: 'bytes', name: 'photo', values: photos },
      place,
    ],
  }
}

export const randomContext = (rows: number, classes: number, random: () => number): FitContext => ({
  targets: Float64Array.from({ length: rows }, () =>
    classes > 0 ? Math.floor(random() * classes) : random() - 0.5,
  ),
  classes,
  seed: Math.floor(random() * 1000),
})

/** Missing numbers, of vectors too, become 0 and missing images the first one, for transforms that take no missing values. */
export function filled(column: Column): Column {
  if (column.kind === 'numeric') {
    return { ...column, values: column.values.map((value) => (Number.isNaN(value) ? 0 : value)) }
  }
  if (column.kind === 'tensor') {
    return { ...column, values: column.values.map((value) => (Number.isNaN(value) ? 0 : value)) }
  }
  if (column.kind !== 'bytes') return column
  return { ...column, values: column.values.map((file) => file ?? (pictures[0] as Uint8Array)) }
}

/** What of JSON Schema is looked at here. */
interface Schema {
  readonly type?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly properties?: Readonly<Record<string, Schema>>
}

/** Options to try: the defaults of each form, and each of its settings that can be told from the schema. */
export function optionVariants(schema: Schema): Record<string, unknown>[] {
  if (schema.anyOf) return schema.anyOf.flatMap(optionVariants)
  const properties = Object.entries(schema.properties ?? {})
  const needed = properties.filter(([, property]) => property.default === undefined && !isOptional(property))
  const plain = Object.fromEntries(needed.map(([name, property]) => [name, valuesOf(property)[0]]))
  const varied = properties.flatMap(([name, property]) =>
    valuesOf(property).map((value) => ({ ...plain, [name]: value })),
  )
  return [plain, ...varied]
}

const isOptional = (property: object): boolean => '~optional' in property

function valuesOf(property: Schema): unknown[] {
  if (property.const !== undefined) return [property.const]
  if (property.enum) return [...property.enum]
  if (property.anyOf) return property.anyOf.flatMap(valuesOf)
  if (property.type === 'boolean') return [true, false]
  if (property.type === 'number' || property.type === 'integer') {
    const least =
      property.minimum ?? (property.exclusiveMinimum === undefined ? 1 : property.exclusiveMinimum + 0.5)
    return [least]
  }
  return property.type === 'string' ? ['x'] : []
}
