import { FlywheelError } from '../contracts/errors.js'
import type { Label } from '../contracts/task.js'
import type { Training } from './options.js'

/**
 * The weight of each row in the loss: the row's own weight times its class's.
 *
 * `balanced` gives each class the same share: rows / (classes · rows of the class), as scikit-learn does.
 * @param targets [rows] class indices
 * @param training rows that are learnt from: `balanced` counts these alone
 * @returns [rows], or undefined when all weigh the same
 * @throws FlywheelError specification-invalid that names a label that is no class
 */
export function weightRows(options: {
  readonly classWeights: Training['classWeights']
  readonly classes: readonly Label[]
  readonly targets: Float64Array
  readonly training: Int32Array
  readonly rowWeights?: Float32Array | undefined
}): Float32Array | undefined {
  const { classWeights, targets, rowWeights } = options
  if (classWeights === null) return rowWeights
  const byClass = classWeights === 'balanced' ? balanced(options) : byLabel(classWeights, options.classes)
  return Float32Array.from(targets, (target, row) => (byClass[target] ?? 1) * (rowWeights?.[row] ?? 1))
}

function balanced({
  classes,
  targets,
  training,
}: {
  readonly classes: readonly Label[]
  readonly targets: Float64Array
  readonly training: Int32Array
}): number[] {
  const counts = classes.map(() => 0)
  for (const row of training) {
    const target = targets[row] as number
    counts[target] = (counts[target] ?? 0) + 1
  }
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 1 : training.length / (present * count)))
}

function byLabel(weights: Readonly<Record<string, number>>, classes: readonly Label[]): number[] {
  const names = classes.map(String)
  const unknown = Object.keys(weights).find((label) => !names.includes(label))
  if (unknown !== undefined) {
    const path = `training.classWeights.${unknown}`
    const expected = names.length > 0 ? `one of ${names.slice(0, 20).join(', ')}` : 'no class weights'
    throw new FlywheelError('specification-invalid', `${path}: expected ${expected}`, {
      errors: [{ path, expected, received: unknown }],
    })
  }
  return names.map((name) => weights[name] ?? 1)
}
