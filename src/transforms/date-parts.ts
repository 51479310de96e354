import { type Static, Type } from 'typebox'
import type { NumericColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { mapNumbers } from './columns/numbers.js'

const DAY_MS = 86_400_000

/** What can be told of a date; `period`: after how many steps it begins again, and the number of the first one. */
const parts = {
  year: { of: (date: Date) => date.getUTCFullYear() },
  quarter: { of: (date: Date) => Math.floor(date.getUTCMonth() / 3) + 1, period: 4, first: 1 },
  month: { of: (date: Date) => date.getUTCMonth() + 1, period: 12, first: 1 },
  week: { of: weekOf, period: 53, first: 1 },
  day: { of: (date: Date) => date.getUTCDate(), period: 31, first: 1 },
  'day-of-year': { of: dayOfYear, period: 366, first: 1 },
  weekday: { of: (date: Date) => ((date.getUTCDay() + 6) % 7) + 1, period: 7, first: 1 },
  weekend: { of: (date: Date) => (date.getUTCDay() % 6 === 0 ? 1 : 0) },
  hour: { of: (date: Date) => date.getUTCHours(), period: 24, first: 0 },
  minute: { of: (date: Date) => date.getUTCMinutes(), period: 60, first: 0 },
  second: { of: (date: Date) => date.getUTCSeconds(), period: 60, first: 0 },
  days: { of: (date: Date) => date.getTime() / DAY_MS },
} as const satisfies Record<string, { of: (date: Date) => number; period?: number; first?: number }>
type Part = keyof typeof parts
const names = Object.keys(parts) as [Part, ...Part[]]

const Options = Type.Object(
  {
    parts: Type.Array(Type.Enum(names), {
      default: ['year', 'month', 'day', 'weekday', 'hour'],
      minItems: 1,
      maxItems: names.length,
      uniqueItems: true,
      description:
        'Which parts, as "<column>:<part>"; weekday counts from Monday (1) to Sunday (7), week is that of ISO 8601, weekend is 1 on ' +
        'Saturdays and Sundays, days counts from 1970 with its fractions',
    }),
    cyclic: Type.Boolean({
      default: true,
      description:
        'Parts that begin again (months, hours, …) become a sine and a cosine, "<column>:<part>:sin" and ":cos", so that ' +
        'December lies beside January',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const dateParts = {
  name: 'date-parts',
  summary:
    'Takes dates, in milliseconds since 1970 in UTC, apart into year, month, weekday, hour and the like. Every part of a missing ' +
    'date, and of one that no calendar has, is missing: impute comes before or after.',
  options: Options,
  accepts: 'numeric',
  fit: () => null,
  apply: (columns, _state, options) => columns.flatMap((column) => partsOf(column, options)),
} satisfies Transform<Options, null, NumericColumn>
export default dateParts

function partsOf(column: NumericColumn, { parts: chosen, cyclic }: Options): NumericColumn[] {
  return chosen.flatMap((part) => {
    const { of, ...cycle } = parts[part]
    const values = mapNumbers(column, (milliseconds) => {
      const date = new Date(milliseconds)
      return Number.isNaN(date.getTime()) ? Number.NaN : of(date)
    })
    const name = `${column.name}:${part}`
    if (!cyclic || !('period' in cycle)) return [{ ...values, name }]
    const angle = (value: number) => (2 * Math.PI * (value - cycle.first)) / cycle.period
    return [
      { ...mapNumbers(values, (value) => Math.sin(angle(value))), name: `${name}:sin` },
      { ...mapNumbers(values, (value) => Math.cos(angle(value))), name: `${name}:cos` },
    ]
  })
}

function dayOfYear(date: Date): number {
  // Date.UTC would take the year 99 for 1999.
  const start = new Date(date.getTime())
  start.setUTCMonth(0, 1)
  start.setUTCHours(0, 0, 0, 0)
  return Math.floor((date.getTime() - start.getTime()) / DAY_MS) + 1
}

/** The week of ISO 8601: the first one has the year's first Thursday. */
function weekOf(date: Date): number {
  const weekday = (date.getUTCDay() + 6) % 7
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY_MS)
  return Math.floor((dayOfYear(thursday) - 1) / 7) + 1
}
