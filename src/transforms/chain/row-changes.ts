import { FlywheelError } from '../../contracts/errors.js'
import type { TrainingContext } from '../../contracts/transform.js'
import { valuesAt } from '../../datasets/values-at.js'

/** What a step did to the training rows. */
export interface RowChange {
  /** "transforms[2]". */
  readonly step: string
  readonly transform: string
  /** Training rows that it was given. */
  readonly before: number
  readonly dropped: number
  /** Copies beside the first of each row. */
  readonly repeated: number
  readonly after: number
  /** What the rows count in the loss, where the step weighs them. */
  readonly weights?: { readonly least: number; readonly most: number }
}

/**
 * @param rows what the step's `trainingRows` gave
 * @param options.weights what its `trainingWeights` gave
 * @throws FlywheelError specification-invalid when fewer than two different rows are left
 */
export function changeOf(
  rows: Int32Array,
  {
    step,
    transform,
    before,
    weights,
  }: Pick<RowChange, 'step' | 'transform' | 'before'> & { weights: Float64Array | null },
): RowChange {
  const kept = differentRows(rows, before)
  if (kept < 2) {
    const expected = 'a step that leaves two different training rows at least'
    const received = `${transform}, which leaves ${kept} of ${before}`
    throw new FlywheelError('specification-invalid', `${step}: expected ${expected}, received ${received}`, {
      errors: [{ path: step, expected, received }],
    })
  }
  const counts = { before, dropped: before - kept, repeated: rows.length - kept, after: rows.length }
  if (weights === null) return { step, transform, ...counts }
  const bounds = { least: Number.POSITIVE_INFINITY, most: 0 }
  for (const weight of weights) {
    bounds.least = Math.min(bounds.least, weight)
    bounds.most = Math.max(bounds.most, weight)
  }
  return { step, transform, ...counts, weights: bounds }
}

/** How many of so many rows are among them. */
function differentRows(rows: Int32Array, all: number): number {
  const isThere = new Uint8Array(all)
  let different = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number
    if (isThere[row] === 0) different++
    isThere[row] = 1
  }
  return different
}

/** What later steps may know, of the rows that are left. */
export const contextOf = (
  { targets, rows: before, ...context }: TrainingContext,
  rows: Int32Array,
): TrainingContext => ({
  ...context,
  targets: valuesAt(targets, rows),
  rows: rows.map((row) => before[row] as number),
})

/** The weights of the rows that are left, times what a step gives them; null where all count alike. */
export function weightsAfter(
  weights: Float64Array | null,
  rows: Int32Array,
  more: Float64Array | null,
): Float64Array | null {
  if (weights === null) return more
  return Float64Array.from(rows, (row, at) => (weights[row] as number) * (more?.[at] ?? 1))
}
