import type { NumberMeaning } from './date-formats.js'

const DAY_MS = 86_400_000
/** The day 0 of both systems; 1900 had no 29 February, which the first one counts. */
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
const FALSE_LEAP_DAY = 60
/** 31 December 9999. */
const LAST_DAY = 2_958_465

/**
 * A number of days as ISO 8601 writes what it stands for: "2024-01-31", "2024-01-31T12:30:00", "12:30:00".
 *
 * @returns null for a number that stands for no time
 */
export function isoOf(
  days: number,
  { meaning, is1904 }: { meaning: Exclude<NumberMeaning, 'number'>; is1904: boolean },
): string | null {
  if (days < 0 || days >= LAST_DAY + 1) return null
  const epoch = is1904 ? EPOCH_1904 : days < FALSE_LEAP_DAY ? EPOCH_1900 + DAY_MS : EPOCH_1900
  const text = new Date(epoch + Math.round(days * DAY_MS)).toISOString()
  const date = text.slice(0, 10)
  const time = text.slice(11, 23).replace(/\.000$/, '')
  if (meaning === 'time' && days < 1) return time
  return meaning === 'date' && time === '00:00:00' ? date : `${date}T${time}`
}
