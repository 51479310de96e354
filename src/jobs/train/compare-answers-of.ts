import { answeredClasses } from '../../evaluation/calibration/threshold.js'
import {
  compareClasses,
  compareValues,
  type PairedTest,
} from '../../evaluation/comparison/compare-answers.js'
import type { Answers } from '../../evaluation/cross-validation/packed-answers.js'
import type { FittedData } from './prepare-data.js'

/** Two versions' answers to the same rows: McNemar's exact test on the more probable classes, or a paired t-test on squared errors. */
export function compareAnswersOf(
  [first, second]: readonly [Answers, Answers],
  { task, head }: Pick<FittedData, 'task' | 'head'>,
): PairedTest {
  const { yTrue } = first
  if (task.kind === 'regression')
    return compareValues({ yTrue, first: first.outputs, second: second.outputs })
  const classesOf = ({ outputs }: Answers) =>
    answeredClasses({ yTrue, outputs }, { units: head.units, threshold: undefined })
  return compareClasses({ yTrue, first: classesOf(first), second: classesOf(second) })
}
