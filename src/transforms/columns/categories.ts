import type { ScalarColumn, TextColumn } from '../../contracts/table.js'

/** A text, or a number by its shortest spelling; null is the category of missing values. */
export type Category = string | null

/** The code of a text, or the number itself. */
const codesOf = (column: ScalarColumn): Int32Array | Float64Array =>
  column.kind === 'text' ? column.codes : column.values

/** The category that a code stands for. */
function categoryOf(column: ScalarColumn, code: number): Category {
  if (column.kind === 'text') return code < 0 ? null : (column.dictionary[code] as string)
  return Number.isNaN(code) ? null : String(code)
}

/** Numbers by row; what a category gives is computed once for each that the column holds. */
export function mapCategories(column: ScalarColumn, numberOf: (category: Category) => number): Float64Array {
  const codes = codesOf(column)
  // A few rows may have a dictionary of very many texts.
  if (codes instanceof Int32Array && column.kind === 'text' && column.dictionary.length <= codes.length) {
    const { kind, name, dictionary } = column
    return mapTexts({ kind, name, codes, dictionary }, numberOf)
  }
  const out = new Float64Array(codes.length)
  const known = new Map<number, number>()
  for (let row = 0; row < out.length; row++) {
    const code = codes[row] as number
    let value = known.get(code)
    if (value === undefined) {
      value = numberOf(categoryOf(column, code))
      known.set(code, value)
    }
    out[row] = value
  }
  return out
}

function mapTexts(column: TextColumn, numberOf: (category: Category) => number): Float64Array {
  const { codes, dictionary } = column
  const out = new Float64Array(codes.length)
  // By code, from that of missing texts, −1.
  const numbers = new Float64Array(dictionary.length + 1)
  const isKnown = new Uint8Array(dictionary.length + 1)
  for (let row = 0; row < out.length; row++) {
    const code = codes[row] as number
    if (isKnown[code + 1] === 0) {
      numbers[code + 1] = numberOf(categoryOf(column, code))
      isKnown[code + 1] = 1
    }
    out[row] = numbers[code + 1] as number
  }
  return out
}

/** The column's categories as they first appear, and each row's place among them. */
export function placeCategories(column: ScalarColumn): { categories: Category[]; places: Int32Array } {
  const places = new Map<Category, number>()
  const byRow = mapCategories(column, (category) => {
    const known = places.get(category)
    if (known !== undefined) return known
    places.set(category, places.size)
    return places.size - 1
  })
  return { categories: [...places.keys()], places: new Int32Array(byRow) }
}

/** Kept by the list's own object, so that serving makes the index once for each loaded model. */
const indices = new WeakMap<readonly Category[], ReadonlyMap<Category, number>>()

/** The place of each category in a fitted list. */
export function indexOf(categories: readonly Category[]): ReadonlyMap<Category, number> {
  const known = indices.get(categories)
  if (known !== undefined) return known
  const index = new Map(categories.map((category, place) => [category, place]))
  indices.set(categories, index)
  return index
}
