/** Dates and times of ISO 8601: 2024, 2024-05, 2024-05-31, 2024-05-31T12:30, …:15.250Z, …+02:00; a space may stand for the T. */
const pattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?(?:\d{2})?)?)?)?)?$/i

/** Milliseconds since 1970, of a text without a zone in UTC; NaN for a text that is no such time, or no day of a calendar. */
export function isoTime(text: string): number {
  const found = pattern.exec(text.trim())
  if (found === null) return Number.NaN
  const part = (index: number, absent: number): number =>
    found[index] === undefined ? absent : Number(found[index])
  const [year, month, day] = [part(1, 0), part(2, 1), part(3, 1)]
  const [hour, minute, second] = [part(4, 0), part(5, 0), part(6, 0)]
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return Number.NaN
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN
  const fraction = Number(`0.${found[7] ?? '0'}`) * 1000
  const date = new Date(0)
  // Date.UTC would take the years 0 to 99 for those of the last century.
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  return date.getTime() + fraction - offsetMs(found[8])
}

export const SHORTEST_DATE = '2024-05-31'.length
export const LONGEST_DATE = 40

/** Whether a text is a day of the calendar, perhaps with a time: years and months alone may be numbers. */
export const isDate = (text: string): boolean => wholeDay.test(text) && !Number.isNaN(isoTime(text))
const wholeDay = /^\d{4}-\d\d-\d\d/

/** Whether DuckDB reads the date as we do: it takes no notice of zones. */
export const isPlainDate = (text: string): boolean => plain.test(text)
const plain = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$/

/** A time as text: 2024-05-31 at midnight in UTC, else 2024-05-31T12:30:00.000Z; null for what no calendar has. */
export function isoText(milliseconds: number): string | null {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime())) return null
  return date.toISOString().replace('T00:00:00.000Z', '')
}

/** The day before the first of the next month. */
function daysOf(year: number, month: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, 0)
  return date.getUTCDate()
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)]
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

/** In which order a text has day, month and year. */
export const dateOrders = ['iso', 'day-first', 'month-first'] as const
export type DateOrder = (typeof dateOrders)[number]

/** 31.12.2024, 31/12/2024 or 31-12-2024, a time perhaps behind it. */
const numbersFirst = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,? +(\S.*))?$/

/** As `isoTime`, for texts in another order too: 31.12.2024 12:30. */
export function timeOf(text: string, order: DateOrder): number {
  if (order === 'iso') return isoTime(text)
  const found = numbersFirst.exec(text.trim())
  if (found === null) return Number.NaN
  const [, first = '', , second = '', year, time] = found
  const [day, month] = order === 'day-first' ? [first, second] : [second, first]
  return isoTime(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${time ? `T${time}` : ''}`)
}
