import type { Splitter } from './splitter.js'

/** Rows that are judged by what was learnt from others. */
export interface Fold {
  readonly training: Int32Array
  readonly heldOut: Int32Array
}

export interface FoldOptions {
  readonly folds: number
  readonly seed: number
  /** Of the number of folds in the request, for errors. */
  readonly path?: string
}

const FOLDS_PATH = 'evaluation.crossValidation.folds'

/**
 * Deals rows out to folds of about equal sizes: each is held out once and learnt from in all others. By time a fold is
 * held out from what is older alone, and the oldest rows are never held out.
 *
 * @returns as many as asked for, none without rows to learn from or to hold out; numbers in the order of `rows`
 * @throws FlywheelError specification-invalid when there are too few rows, groups or times for so many folds
 */
export function foldRows(
  splitter: Splitter,
  rows: Int32Array,
  { folds, seed, path = FOLDS_PATH }: FoldOptions,
): Fold[] {
  const dealt = splitter.folds(rows, { folds, seed, path })
  return Array.from({ length: folds }, (_, fold) => ({
    training: rows.filter((_, at) =>
      splitter.isOrdered ? (dealt[at] as number) < fold : dealt[at] !== fold,
    ),
    heldOut: rows.filter((_, at) => dealt[at] === fold),
  }))
}
