import { type Static, Type } from 'typebox'
import { shown } from '../contracts/errors.js'
import type { Doubles, NumericColumn, ScalarColumn, TextColumn } from '../contracts/table.js'
import type { AppliedColumn, Transform } from '../contracts/transform.js'
import { newDoubles, reusedDoubles } from '../datasets/columns/doubles.js'
import { heldColumn } from '../datasets/select-rows.js'
import { medianOf } from './columns/median.js'
import { momentsOf, sortedValues } from './columns/numbers.js'
import { unfit } from './columns/unfit.js'

const Indicator = Type.Boolean({
  default: false,
  description: 'Adds "<column>:missing" (1 where it was missing) for columns with missing training values',
})

const Options = Type.Union(
  [
    Type.Object(
      {
        strategy: Type.Union(
          [Type.Literal('mean'), Type.Literal('median'), Type.Literal('most-frequent'), Type.Literal('mode')],
          {
            default: 'median',
            description:
              'What the training rows say; mode is another name of most-frequent, which alone suits text columns',
          },
        ),
        indicator: Indicator,
      },
      { additionalProperties: false, title: 'learnt from the training rows' },
    ),
    Type.Object(
      {
        strategy: Type.Literal('constant'),
        value: Type.Union([Type.Number(), Type.String({ minLength: 1 })], {
          description: 'A number for numeric columns, a text for text columns',
        }),
        indicator: Indicator,
      },
      { additionalProperties: false, title: 'constant' },
    ),
  ],
  { default: { strategy: 'median', indicator: false } },
)
type Options = Static<typeof Options>

/** One entry a column. */
interface State {
  readonly fill: readonly (number | string)[]
  readonly indicator: readonly boolean[]
}

const impute = {
  name: 'impute',
  summary:
    'Puts a value in the place of missing ones. A numeric column without any training value is filled with 0, ' +
    'a text column with the empty text.',
  options: Options,
  accepts: 'any',
  fit(columns, options) {
    const memory = reusedDoubles()
    const fitted = columns.map((each) => {
      memory.clear()
      const column = heldColumn(each, memory.doubles)
      return { fill: fillFor(column, options), indicator: options.indicator && hasMissing(column) }
    })
    return { fill: fitted.map(({ fill }) => fill), indicator: fitted.map(({ indicator }) => indicator) }
  },
  apply: (columns, state, _options?: Options, doubles: Doubles = newDoubles) =>
    columns.flatMap((column, at): readonly ScalarColumn[] =>
      column.kind === 'numeric'
        ? imputedNumbers(column, { at, state, doubles })
        : imputedTexts(column, at, state),
    ),
  applyColumn: imputedNumbers,
  numberMap(column, { fill, indicator }) {
    const filler = fill[column]
    if (typeof filler !== 'number' || indicator[column]) return null
    return (value) => (Number.isNaN(value) ? filler : value)
  },
} satisfies Transform<Options, State, ScalarColumn>
export default impute

function imputedNumbers(
  column: NumericColumn,
  { at, state, doubles }: Omit<AppliedColumn<Options, State>, 'options'>,
): readonly NumericColumn[] {
  const filled = filledNumbers(column, state.fill[at] as number, doubles)
  return state.indicator[at] ? [filled, missingNumbers(column, doubles)] : [filled]
}

function imputedTexts(column: TextColumn, at: number, { fill, indicator }: State): readonly ScalarColumn[] {
  const filled = filledText(column, fill[at])
  return indicator[at] ? [filled, missingTexts(column)] : [filled]
}

function fillFor(column: ScalarColumn, options: Options): number | string {
  if (options.strategy === 'constant') {
    const expected = column.kind === 'numeric' ? 'number' : 'string'
    if (typeof options.value === expected) return options.value
    throw unfit(
      'options.value',
      `a ${expected === 'number' ? 'number' : 'text'} for ${column.name}`,
      shown(options.value),
    )
  }
  if (column.kind === 'text') {
    if (options.strategy === 'most-frequent' || options.strategy === 'mode') return mostFrequentText(column)
    throw unfit(
      'options.strategy',
      `most-frequent or constant for ${column.name}, which is text`,
      options.strategy,
    )
  }
  if (options.strategy === 'mean') return momentsOf(column.values)?.mean ?? 0
  if (options.strategy === 'median') return medianOf(column.values) ?? 0
  const sorted = sortedValues(column.values)
  return sorted.length === 0 ? 0 : longestRun(sorted)
}

/** The most frequent value; of equally frequent ones the smallest, as scikit-learn's SimpleImputer. */
function longestRun(sorted: Float64Array): number {
  let best = sorted[0] as number
  let bestLength = 0
  let start = 0
  for (let at = 1; at <= sorted.length; at++) {
    if (at < sorted.length && sorted[at] === sorted[start]) continue
    if (at - start > bestLength) {
      best = sorted[start] as number
      bestLength = at - start
    }
    start = at
  }
  return best
}

function mostFrequentText({ codes, dictionary }: TextColumn): string {
  const counts = new Float64Array(dictionary.length)
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1
  let best = -1
  for (let code = 0; code < counts.length; code++) {
    const difference = best < 0 ? 1 : (counts[code] as number) - (counts[best] as number)
    const isEarlier = difference === 0 && (dictionary[code] as string) < (dictionary[best] as string)
    if ((counts[code] as number) > 0 && (difference > 0 || isEarlier)) best = code
  }
  return dictionary[best] ?? ''
}

function hasMissing(column: ScalarColumn): boolean {
  if (column.kind === 'text') return column.codes.includes(-1)
  const { values } = column
  return firstMissing(values) < values.length
}

/** Its place; the number of values without one. */
function firstMissing(values: Float64Array): number {
  let at = 0
  while (at < values.length && !Number.isNaN(values[at])) at++
  return at
}

/** The column itself where nothing is missing: neither is ever written to. */
function filledNumbers(column: NumericColumn, fill: number, doubles: Doubles): NumericColumn {
  const { values } = column
  const first = firstMissing(values)
  if (first === values.length) return column
  const out = doubles(values.length)
  out.set(values.subarray(0, first))
  for (let row = first; row < out.length; row++) {
    const value = values[row] as number
    out[row] = Number.isNaN(value) ? fill : value
  }
  return { kind: 'numeric', name: column.name, values: out }
}

function filledText(column: TextColumn, fill: number | string | undefined): TextColumn {
  if (!column.codes.includes(-1)) return column
  const known = column.dictionary.indexOf(fill as string)
  const dictionary = known < 0 ? [...column.dictionary, fill as string] : column.dictionary
  const code = known < 0 ? column.dictionary.length : known
  return {
    kind: 'text',
    name: column.name,
    codes: column.codes.map((value) => (value < 0 ? code : value)),
    dictionary,
  }
}

const indicatorOf = (name: string, values: Float64Array): NumericColumn => ({
  kind: 'numeric',
  name: `${name}:missing`,
  values,
})

function missingNumbers({ name, values }: NumericColumn, doubles: Doubles): NumericColumn {
  const isMissing = doubles(values.length)
  for (let row = 0; row < values.length; row++) isMissing[row] = Number.isNaN(values[row]) ? 1 : 0
  return indicatorOf(name, isMissing)
}

const missingTexts = ({ name, codes }: TextColumn): NumericColumn =>
  indicatorOf(
    name,
    Float64Array.from(codes, (code) => (code < 0 ? 1 : 0)),
  )
