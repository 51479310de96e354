import { type Static, Type } from 'typebox'
import type { Column } from '../contracts/table.js'
import type { FitContext, Transform } from '../contracts/transform.js'
import { seededOrder } from '../datasets/seeded-order.js'
import { unfit } from './columns/unfit.js'

const Options = Type.Object(
  {
    method: Type.Union([Type.Literal('oversample'), Type.Literal('undersample')], {
      default: 'oversample',
      description: 'oversample repeats rows of rare classes; undersample leaves rows of frequent ones out',
    }),
    ratio: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'How large a class shall at least be, as a share of the largest one; 1: all alike',
    }),
    maxCopies: Type.Integer({
      default: 100,
      minimum: 2,
      maximum: 10_000,
      description: 'How often oversampling may show one row; a class that is rarer yet stays smaller',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const balance = {
  name: 'balance',
  summary:
    'Repeats training rows of rare classes, or leaves those of frequent classes out, by chance, and says in the report how ' +
    'many. It looks at the target alone, whatever its columns are. Rows that are validated, tested or served stay as they ' +
    'are. training.classWeights weighs the classes in the loss instead.',
  options: Options,
  accepts: 'every',
  needsTargets: () => true,
  fit: () => null,
  apply: (columns) => columns,
  trainingRows(_columns, _state, options, context) {
    const classes = rowsByClass(context)
    const sizes = classes.map(({ length }) => length).filter((size) => size > 0)
    const resized = options.method === 'oversample' ? oversampled : undersampled
    const rows = classes.flatMap((own, index) => [
      ...resized(seededOrder(own, context.seed + index), { ...options, sizes }),
    ])
    return Int32Array.from(rows).sort()
  },
} satisfies Transform<Options, null, Column>
export default balance

/** @throws FlywheelError specification-invalid for a regression */
function rowsByClass({ targets, classes }: FitContext): Int32Array[] {
  if (classes === 0) {
    throw unfit('name', 'no balance in a regression, which has no classes', 'balance')
  }
  const rows: number[][] = Array.from({ length: classes }, () => [])
  for (let row = 0; row < targets.length; row++) rows[targets[row] as number]?.push(row)
  return rows.map((own) => Int32Array.from(own))
}

interface Wanted {
  readonly ratio: number
  readonly maxCopies: number
  /** Rows of each class that has any. */
  readonly sizes: readonly number[]
}

/** Every row as often as any other of its class, but for a rest. */
function oversampled(rows: Int32Array, { sizes, ratio, maxCopies }: Wanted): Int32Array {
  const wanted = Math.min(Math.round(ratio * Math.max(...sizes)), rows.length * maxCopies)
  if (rows.length === 0 || wanted <= rows.length) return rows
  return Int32Array.from({ length: wanted }, (_, at) => rows[at % rows.length] as number)
}

const undersampled = (rows: Int32Array, { sizes, ratio }: Wanted): Int32Array =>
  rows.slice(0, Math.round(Math.min(...sizes) / ratio))
