import type { TrainingContext } from '../../contracts/transform.js'
import { seededOrder } from '../../datasets/seeded-order.js'

/**
 * Deals the training rows out to folds of equal sizes; within each class, where there are classes. Copies of a row
 * are in one fold.
 *
 * @returns [rows]: each row's fold
 */
export function foldsOf({ rows, targets, classes, seed }: TrainingContext, folds: number): Int32Array {
  const all = rows.reduce((most, row) => Math.max(most, row), -1) + 1
  const different = new Int32Array(Math.min(all, rows.length))
  const classOf = new Int32Array(all).fill(-1)
  let count = 0
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number
    if (classOf[row] === -1) different[count++] = row
    classOf[row] = classes > 0 ? (targets[at] as number) : 0
  }
  const foldOf = new Int32Array(all)
  for (const [place, row] of byClass(seededOrder(different.slice(0, count), seed), classOf).entries()) {
    foldOf[row] = place % folds
  }
  return rows.map((row) => foldOf[row] as number)
}

/** The rows of each class one after the other, those of one class in their order. */
function byClass(order: Int32Array, classOf: Int32Array): Int32Array {
  const ends = new Uint32Array(classOf.reduce((most, own) => Math.max(most, own), -1) + 2)
  for (const row of order) {
    const next = (classOf[row] as number) + 1
    ends[next] = (ends[next] as number) + 1
  }
  for (let own = 1; own < ends.length; own++) ends[own] = (ends[own] as number) + (ends[own - 1] as number)
  const sorted = new Int32Array(order.length)
  for (const row of order) {
    const own = classOf[row] as number
    const end = ends[own] as number
    sorted[end] = row
    ends[own] = end + 1
  }
  return sorted
}
