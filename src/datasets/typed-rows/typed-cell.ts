import { shown } from '../../contracts/errors.js'
import { Cell, holdsNothing, isMissing, trimmed } from '../cell-grammar.js'
import { isDate, LONGEST_DATE } from '../iso-time.js'
import { LIMITS } from '../limits.js'
import { isVector } from '../vector-text.js'

/** What is wrong with a value. */
export interface Fault {
  readonly expected: string
  readonly received: string
}

/**
 * The kind of a value that has a type of its own: text is text, even "7"; an integer that a double would round comes as
 * a bigint; a value that its row leaves out is undefined. Null for what no cell can hold.
 */
export function cellOfValue(value: unknown): Cell | null {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) return null
      return Number.isSafeInteger(value) ? Cell.integer : Cell.number
    case 'boolean':
      return Cell.boolean
    case 'bigint':
      return Cell.wideInteger
    case 'undefined':
      return Cell.missing
    case 'string':
      if (value.includes('\u0000') || isTooLong(value)) return null
      return cellOfText(trimmed(value))
    default:
      if (value === null) return Cell.missing
      return Array.isArray(value) ? cellOfList(value) : null
  }
}

/** Numbers are a vector; texts are categories, and stored as a text. */
function cellOfList(list: readonly unknown[]): Cell | null {
  if (isVector(list)) return Cell.vector
  if (!list.every((item) => typeof item === 'string' && !item.includes('\u0000'))) return null
  return isTooLong(JSON.stringify(list)) ? null : Cell.list
}

/** A value as it is stored where it is no number, no boolean and not missing. */
export const storedText = (value: unknown): string =>
  typeof value === 'string' ? trimmed(value) : JSON.stringify(value)

/** Text is text, whatever it looks like; but JSON has no other way to write a date. */
function cellOfText(text: string): Cell {
  if (text === '') return Cell.blank
  if (isMissing(text)) return Cell.missing
  return text.length <= LONGEST_DATE && isDate(text) ? Cell.date : Cell.text
}

/** Whether spaces stand around a value, as they are cut off. */
export const isSpaced = (value: unknown): boolean =>
  typeof value === 'string' && trimmed(value) !== value && !holdsNothing(cellOfValue(value) ?? Cell.missing)

/** A UTF-16 unit is at most three bytes of UTF-8. */
const isTooLong = (text: string): boolean =>
  text.length > LIMITS.cellBytes / 3 && Buffer.byteLength(text) > LIMITS.cellBytes

/** Why no cell can hold a value. */
export function impossible(value: unknown): Fault {
  if (typeof value === 'number') {
    return { expected: 'a finite number', received: 'a number that is too large' }
  }
  if (typeof value !== 'string') {
    return {
      expected: 'a number, a text, true, false, null, or a list of numbers or of texts',
      received: describe(value),
    }
  }
  return value.includes('\u0000')
    ? { expected: 'a text without NUL characters', received: shown(value.slice(0, 200)) }
    : { expected: `at most ${LIMITS.cellBytes} bytes`, received: shown(value.slice(0, 200)) }
}

/** Never walks into a value: it may be nested without end. */
export function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'object' && value !== null) return 'an object'
  return shown(typeof value === 'string' ? value.slice(0, 200) : value)
}
