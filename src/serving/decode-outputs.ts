import type { Prediction } from '../contracts/task.js'
import { answeredClass, decided } from '../evaluation/calibration/threshold.js'
import type { Servable } from './servable.js'

/**
 * How a version turns what its network gives into answers: by its task, and by its threshold where it has one.
 *
 * @returns from outputs [rows, units], after the head's activation and scale, to one answer per row
 */
export function outputDecoder({
  manifest,
  task,
  signature: { classes },
}: Pick<Servable, 'manifest' | 'task' | 'signature'>): (outputs: Float64Array) => readonly Prediction[] {
  const threshold = manifest.calibration?.threshold
  return (outputs) => {
    const predictions = task.decode(outputs, manifest.task.state)
    return threshold === undefined ? predictions : decided(predictions, { outputs, classes, threshold })
  }
}

/**
 * As the labels of {@link outputDecoder}, by their place alone; null for a regression.
 *
 * @returns from outputs [rows, units] to the class of each row
 */
export function classChooser({
  manifest,
  signature: { classes },
}: Pick<Servable, 'manifest' | 'signature'>): ((outputs: Float32Array | Float64Array) => Int32Array) | null {
  const { length: units } = classes
  if (units === 0) return null
  const threshold = manifest.calibration?.threshold
  return (outputs) => {
    const chosen = new Int32Array(outputs.length / units)
    for (let row = 0; row < chosen.length; row++) {
      chosen[row] = answeredClass(outputs, { start: row * units, units, threshold })
    }
    return chosen
  }
}
