import { type Static, Type } from 'typebox'
import type { Column } from '../contracts/table.js'
import type { FitContext, Transform } from '../contracts/transform.js'
import { allRows } from '../datasets/rows-where.js'
import { seededOrder } from '../datasets/seeded-order.js'
import { unfit } from './columns/unfit.js'

const Options = Type.Object(
  {
    method: Type.Enum(['oversample', 'undersample', 'weights'], {
      default: 'oversample',
      description:
        'oversample repeats rows of rare classes; undersample leaves rows of frequent ones out; weights lets rows of rare classes count more in the loss',
    }),
    ratio: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1,
      description:
        'How large a class shall at least be, or count, as a share of the largest one; 1: all alike',
    }),
    maxCopies: Type.Integer({
      default: 100,
      minimum: 2,
      maximum: 10_000,
      description:
        'How often oversampling may show one row, or how much more one may count; a class that is rarer yet stays smaller',
    }),
  },
  { additionalProperties: false },
)
type Options = Static<typeof Options>

const balance = {
  name: 'balance',
  summary:
    'Repeats training rows of rare classes, leaves those of frequent classes out, by chance, or lets them count more or less ' +
    'in the loss, and says so in the report. It looks at the target alone, whatever its columns are. Rows that are ' +
    'validated, tested or served stay as they are.',
  options: Options,
  accepts: 'every',
  needsTargets: () => true,
  fit: () => null,
  apply: (columns) => columns,
  trainingRows(_columns, _state, options, context) {
    const classes = rowsByClass(context)
    if (options.method === 'weights') return allRows(context.targets.length)
    const sizes = classes.map(({ length }) => length).filter((size) => size > 0)
    const resized = options.method === 'oversample' ? oversampled : undersampled
    const parts = classes.map((own, index) =>
      resized(seededOrder(own, context.seed + index), { ...options, sizes }),
    )
    const rows = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      rows.set(part, at)
      at += part.length
    }
    return rows.sort()
  },
  trainingWeights: (_columns, _state, options, context) =>
    options.method === 'weights' ? weightsOf(context, options) : null,
} satisfies Transform<Options, null, Column>
export default balance

/** @throws FlywheelError specification-invalid for a regression */
function rowsByClass({ targets, classes }: FitContext): Int32Array[] {
  if (classes === 0) {
    throw unfit('name', 'no balance in a regression, which has no classes', 'balance')
  }
  const sizes = new Uint32Array(classes)
  for (const target of targets) sizes[target] = (sizes[target] as number) + 1
  const rows = Array.from(sizes, (size) => new Int32Array(size))
  const ends = new Uint32Array(classes)
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] as number
    const own = rows[target]
    const end = ends[target]
    if (own === undefined || end === undefined) continue
    own[end] = row
    ends[target] = end + 1
  }
  return rows
}

interface Wanted {
  readonly ratio: number
  readonly maxCopies: number
  /** Rows of each class that has any. */
  readonly sizes: readonly number[]
}

/**
 * Each class counts as it would if it were oversampled, 1 on average over the rows; with the ratio 1 that is
 * scikit-learn's `balanced`: rows / (classes · rows of the class).
 */
function weightsOf({ targets, classes }: FitContext, { ratio, maxCopies }: Options): Float64Array {
  const sizes = new Float64Array(classes)
  for (const target of targets) sizes[target] = (sizes[target] as number) + 1
  const largest = Math.max(...sizes)
  const copies = sizes.map((size) => Math.min(Math.max(1, (ratio * largest) / size), maxCopies))
  const total = sizes.reduce(
    (sum, size, index) => (size > 0 ? sum + size * (copies[index] as number) : sum),
    0,
  )
  return targets.map((target) => ((copies[target] as number) * targets.length) / total)
}

/** Every row as often as any other of its class, but for a rest. */
function oversampled(rows: Int32Array, { sizes, ratio, maxCopies }: Wanted): Int32Array {
  const wanted = Math.min(Math.round(ratio * Math.max(...sizes)), rows.length * maxCopies)
  if (rows.length === 0 || wanted <= rows.length) return rows
  const repeated = new Int32Array(wanted)
  for (let at = 0; at < wanted; at++) repeated[at] = rows[at % rows.length] as number
  return repeated
}

const undersampled = (rows: Int32Array, { sizes, ratio }: Wanted): Int32Array =>
  rows.slice(0, Math.round(Math.min(...sizes) / ratio))
