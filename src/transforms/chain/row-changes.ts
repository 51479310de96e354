import { FlywheelError } from '../../contracts/errors.js'
import type { TrainingContext } from '../../contracts/transform.js'

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
}

/**
 * @param rows what the step's `trainingRows` gave
 * @throws FlywheelError specification-invalid when fewer than two different rows are left
 */
export function changeOf(
  rows: Int32Array,
  { step, transform, before }: Pick<RowChange, 'step' | 'transform' | 'before'>,
): RowChange {
  const kept = new Set(rows).size
  if (kept < 2) {
    const expected = 'a step that leaves two different training rows at least'
    const received = `${transform}, which leaves ${kept} of ${before}`
    throw new FlywheelError('specification-invalid', `${step}: expected ${expected}, received ${received}`, {
      errors: [{ path: step, expected, received }],
    })
  }
  return { step, transform, before, dropped: before - kept, repeated: rows.length - kept, after: rows.length }
}

/** What later steps may know, of the rows that are left. */
export const contextOf = (
  { targets, rows: before, ...context }: TrainingContext,
  rows: Int32Array,
): TrainingContext => ({
  ...context,
  targets: Float64Array.from(rows, (row) => targets[row] as number),
  rows: rows.map((row) => before[row] as number),
})
