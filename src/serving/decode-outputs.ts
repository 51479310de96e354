import type { Prediction } from '../contracts/task.js'
import { decided } from '../evaluation/calibration/threshold.js'
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
