import { invalid } from './catalogue.js'
import type { TrainSpecification } from './request.js'

/**
 * Each fold leaves two rows to learn from, and takes one of each class where classes are shared evenly.
 *
 * @param options.rows with a target
 * @param options.smallestClass its rows; null for a regression
 * @throws FlywheelError specification-invalid
 */
export function checkCrossValidation(
  { crossValidation, split }: TrainSpecification['evaluation'],
  { rows, smallestClass }: { rows: number; smallestClass: number | null },
): void {
  if (crossValidation === undefined) return
  const { folds } = crossValidation
  const path = 'evaluation.crossValidation.folds'
  if (folds > rows || rows - Math.ceil(rows / folds) < 2) {
    throw invalid(path, `two rows at least to learn from in each; there are ${rows} with a target`, folds)
  }
  if (split?.by === 'stratified' && smallestClass !== null && folds > smallestClass) {
    throw invalid(path, `at most ${smallestClass}, the rows of the smallest class`, folds)
  }
}
