import type { TrainingContext } from '../../contracts/transform.js'
import { seededOrder } from '../../datasets/seeded-order.js'

/**
 * Deals the training rows out to folds of equal sizes; within each class, where there are classes. Copies of a row
 * are in one fold.
 *
 * @returns [rows]: each row's fold
 */
export function foldsOf({ rows, targets, classes, seed }: TrainingContext, folds: number): Int32Array {
  const classOf = new Map<number, number>()
  for (let at = 0; at < rows.length; at++) {
    classOf.set(rows[at] as number, classes > 0 ? (targets[at] as number) : 0)
  }
  const order = seededOrder(Int32Array.from(classOf.keys()), seed)
  const byClass = order.slice().sort((a, b) => (classOf.get(a) as number) - (classOf.get(b) as number))
  const foldOf = new Map<number, number>()
  for (const row of byClass) foldOf.set(row, foldOf.size % folds)
  return rows.map((row) => foldOf.get(row) as number)
}
