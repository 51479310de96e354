import type { DatasetColumn } from '../../contracts/dataset.js'
import type { Task } from '../../contracts/task.js'
import { invalid } from './catalogue.js'

/**
 * Costs choose a threshold between two classes, on validation rows.
 *
 * @throws FlywheelError specification-invalid where there is no such threshold to choose
 */
export function checkCosts(
  costs: unknown,
  { task, target, validationSplit }: { task: Task; target: DatasetColumn; validationSplit: number },
): void {
  if (costs === undefined) return
  const { type, distinct } = target
  if (task.kind !== 'classification')
    throw invalid('evaluation.costs', 'none, since a regression has no classes', costs)
  // Spellings of a text may be merged: its classes are counted when the data is read.
  if (type !== 'text' && type !== 'category') checkTwoClasses(costs, distinct)
  if (validationSplit === 0) {
    const expected = 'validation rows to choose the threshold on: a training.validationSplit above 0'
    throw invalid('evaluation.costs', expected, validationSplit)
  }
}

/** @throws FlywheelError specification-invalid for costs of anything but two classes */
export function checkTwoClasses(costs: unknown, classes: number): void {
  if (costs === undefined || classes === 2) return
  throw invalid('evaluation.costs', 'a target of two classes', `${classes} classes`)
}
