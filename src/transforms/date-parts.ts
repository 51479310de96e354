import { type Static, Type } from 'typebox'
import type { NumericColumn, ScalarColumn } from '../contracts/table.js'
import type { Transform } from '../contracts/transform.js'
import { dateOrders, timeOf } from '../datasets/iso-time.js'
import { mapCategories, placeCategories } from './columns/categories.js'
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
    texts: Type.Enum([...dateOrders], {
      default: 'iso',
      description:
        'How texts are read. iso: 2024-12-31 or 2024-12-31T12:30:00+01:00, without a zone in UTC; day-first: 31.12.2024, 31/12/2024 or ' +
        '31-12-2024; month-first: 12/31/2024',
    }),
    numbers: Type.Enum(['milliseconds', 'seconds'], {
      default: 'milliseconds',
      description: 'What numbers count, since 1970 in UTC',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

interface State {
  /** By column: training rows whose text is no date, and the first such text. It changes nothing of what is applied. */
  readonly unread: readonly { readonly rows: number; readonly example: string | null }[]
}

const dateParts = {
  name: 'date-parts',
  summary:
    'Takes dates, texts or numbers, apart into year, month, weekday, hour and the like, in UTC. Every part of a missing date, of a ' +
    'text that is none and of one that no calendar has, is missing: impute comes after it. The report counts such texts.',
  options: Options,
  accepts: 'any',
  fit: (columns, options) => ({ unread: columns.map((column) => unreadIn(column, options)) }),
  apply: (columns, _state, options) =>
    columns.flatMap((column) => partsOf(millisecondsOf(column, options), options)),
  warnings: (names, { unread }) =>
    unread.flatMap(({ rows, example }, index) => {
      if (rows === 0) return []
      return [
        {
          code: 'dates-unread',
          detail: `${rows} training rows of ${names[index]} hold no date and count as missing, such as ${JSON.stringify(example)}`,
          remedy: 'Nothing, or say by the option texts of date-parts how they are written',
        },
      ]
    }),
} satisfies Transform<Options, State, ScalarColumn>
export default dateParts

/** Models from before texts were read have neither option. */
function millisecondsOf(column: ScalarColumn, { texts, numbers }: Options): NumericColumn {
  if (column.kind === 'numeric') {
    return numbers === 'seconds' ? mapNumbers(column, (seconds) => seconds * 1000) : column
  }
  const values = mapCategories(column, (text) => (text === null ? Number.NaN : timeOf(text, texts)))
  return { kind: 'numeric', name: column.name, values }
}

function unreadIn(column: ScalarColumn, { texts }: Options): State['unread'][number] {
  if (column.kind === 'numeric') return { rows: 0, example: null }
  const { categories, places } = placeCategories(column)
  const isUnread = categories.map((text) => text !== null && Number.isNaN(timeOf(text, texts)))
  const example = categories.find((_, place) => isUnread[place]) ?? null
  return { rows: places.filter((place) => isUnread[place]).length, example: example?.slice(0, 80) ?? null }
}

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
