import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Head, Task } from '../../contracts/task.js'

/** The end of a stored version's network as it answers: the task's head with the version's temperature. */
export function servedHead(task: Task, { task: { state }, calibration }: ModelManifest): Head {
  const head = task.head(state)
  const temperature = calibration?.temperature
  return temperature === undefined ? head : { ...head, temperature }
}
