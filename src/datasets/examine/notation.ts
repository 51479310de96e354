import { timeOf } from '../iso-time.js'

/** How the texts of a column write numbers or dates that are not read as such. */
export interface Notation {
  readonly kind: NotationKind
  readonly rows: number
  /** The first of them by its characters. */
  readonly example: string
}
export type NotationKind = 'decimal-comma' | 'quantity' | 'either-first' | 'day-first' | 'month-first'

/** From this share of its rows on, a text column is written in a notation. */
const SHARE = 0.9

/** `1,234`: what might be decimals is taken for groups of digits. */
const isGrouped = (text: string): boolean => /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(text)
const isPlain = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text)

const number = String.raw`[+-]?(\d{1,3}([,'’\u00a0\u202f]\d{3})+|\d+)(\.\d+)?`
const currency = String.raw`[€$£¥₹]`
const unit = `${currency}|%|‰|°[CF]?|kg|g|mg|lbs?|oz|mm|cm|m|km|ft|ml|l|ms|s|min|h|kb|mb|gb|tb|kwh|mph|km/h`
const quantity = new RegExp(`^([+-]?${currency} ?${number}|${number}( ?(${unit}))?)$`, 'i')

/** What a text must be, and which texts tell that it is no other notation; the first that fits a column holds. */
const notations: readonly {
  readonly kind: NotationKind
  readonly fits: (text: string) => boolean
  readonly tells: (text: string) => boolean
}[] = [
  {
    kind: 'decimal-comma',
    fits: (text) => /^[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?$/.test(text),
    tells: (text) => text.includes(',') && !isGrouped(text),
  },
  { kind: 'quantity', fits: (text) => quantity.test(text), tells: (text) => !isPlain(text) },
  {
    kind: 'either-first',
    fits: (text) => isOrderedDate(text, 'day-first') && isOrderedDate(text, 'month-first'),
    tells: () => true,
  },
  { kind: 'day-first', fits: (text) => isOrderedDate(text, 'day-first'), tells: () => true },
  { kind: 'month-first', fits: (text) => isOrderedDate(text, 'month-first'), tells: () => true },
]

const isOrderedDate = (text: string, order: 'day-first' | 'month-first'): boolean =>
  !Number.isNaN(timeOf(text, order))

/**
 * The notation in which nearly all values of a text column are numbers or dates; null where there is none.
 *
 * @param counts rows by text
 */
export function notationOf(counts: ReadonlyMap<string, number>): Notation | null {
  let rows = 0
  for (const count of counts.values()) rows += count
  for (const { kind, fits, tells } of notations) {
    let [fitting, others] = [0, 0]
    let example: string | null = null
    for (const [text, count] of counts) {
      if (fits(text)) {
        fitting += count
        if ((example === null || text < example) && tells(text)) example = text
      } else others += count
      if (others > (1 - SHARE) * rows) break
    }
    if (example !== null && fitting >= SHARE * rows) return { kind, rows: fitting, example }
  }
  return null
}
