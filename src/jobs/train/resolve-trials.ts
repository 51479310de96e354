import { invalid } from './catalogue.js'
import type { TrainSpecification } from './request.js'
import { splitOfFolds } from './resolve-split.js'

/**
 * Each fold leaves two rows to learn from, and takes one of each class where classes are shared evenly.
 *
 * @param options.rows with a target
 * @param options.smallestClass its rows; null for a regression
 * @throws FlywheelError specification-invalid
 */
export function checkCrossValidation(
  evaluation: TrainSpecification['evaluation'],
  { rows, smallestClass }: { rows: number; smallestClass: number | null },
): void {
  const { crossValidation } = evaluation
  if (crossValidation === undefined) return
  const { folds } = crossValidation
  const path = 'evaluation.crossValidation.folds'
  if (folds > rows || rows - Math.ceil(rows / folds) < 2) {
    throw invalid(path, `two rows at least to learn from in each; there are ${rows} with a target`, folds)
  }
  if (splitOfFolds(evaluation)?.by === 'stratified' && smallestClass !== null && folds > smallestClass) {
    throw invalid(path, `at most ${smallestClass}, the rows of the smallest class`, folds)
  }
}

/** Fewer rows to learn from say nothing about more of them. */
const LEAST_ROWS = 10

/**
 * @param trainingRows of all rows, about
 * @throws FlywheelError specification-invalid without test rows, or for shares of too few rows
 */
export function checkLearningCurve(
  { learningCurve, testSplit }: TrainSpecification['evaluation'],
  trainingRows: number,
): void {
  if (learningCurve === undefined) return
  if (testSplit === 0) {
    throw invalid('evaluation.learningCurve', 'none without test rows: a testSplit above 0', learningCurve)
  }
  const at = learningCurve.shares.findIndex((share) => share * trainingRows < LEAST_ROWS)
  if (at < 0) return
  const expected = `at least ${LEAST_ROWS} of the ${trainingRows} rows that are learnt from`
  throw invalid(`evaluation.learningCurve.shares[${at}]`, expected, learningCurve.shares[at])
}
