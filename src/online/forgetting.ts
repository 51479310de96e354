import type { Label } from '../contracts/task.js'
import type { Answers } from './gate.js'
import { mostProbableClass } from './most-probable-class.js'

/** How well both versions know a class of the original data. */
export interface ClassForgetting {
  readonly label: Label
  readonly rows: number
  /** Share of the class's rows that are answered rightly. */
  readonly championRecall: number
  readonly challengerRecall: number
}

/** Recall of each class before and after an update, for classes that the holdout has. */
export function forgettingByClass(
  { yTrue, champion, challenger }: Answers,
  classes: readonly Label[],
): ClassForgetting[] {
  const units = classes.length
  const counts = classes.map(() => ({ rows: 0, champion: 0, challenger: 0 }))
  for (const [row, truth] of yTrue.entries()) {
    const count = counts[truth]
    if (count === undefined) continue
    count.rows += 1
    if (mostProbableClass(champion, row, units) === truth) count.champion += 1
    if (mostProbableClass(challenger, row, units) === truth) count.challenger += 1
  }
  return counts.flatMap(({ rows, champion: one, challenger: other }, index) =>
    rows === 0
      ? []
      : [
          {
            label: classes[index] as Label,
            rows,
            championRecall: one / rows,
            challengerRecall: other / rows,
          },
        ],
  )
}
