import { invalid } from './catalogue.js'

/**
 * Costs choose a threshold between two classes, on validation rows.
 *
 * @throws FlywheelError specification-invalid where there is no such threshold to choose
 */
export function checkCosts(
  costs: unknown,
  { classes, validationSplit }: { classes: number | null; validationSplit: number },
): void {
  if (costs === undefined) return
  if (classes === null) throw invalid('evaluation.costs', 'none, since a regression has no classes', costs)
  if (classes !== 2) throw invalid('evaluation.costs', 'a target of two classes', `${classes} classes`)
  if (validationSplit === 0) {
    const expected = 'validation rows to choose the threshold on: a training.validationSplit above 0'
    throw invalid('evaluation.costs', expected, validationSplit)
  }
}
