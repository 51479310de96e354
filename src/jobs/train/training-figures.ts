import type { Report } from '../../evaluation/report.js'
import type { Trained } from '../../training/train.js'

/** What a report says of a training, or of an update's. */
export function trainingFigures(
  trained: Trained,
  { networkColumns }: { networkColumns: readonly string[] },
): Report['training'] {
  const parameters = trained.weights.tensors.map(({ shape }) =>
    shape.reduce((product, size) => product * size, 1),
  )
  return {
    steps: trained.stepsRun,
    epochs: trained.history.length,
    bestEpoch: trained.bestEpoch,
    bestWeightsRestored: trained.bestWeightsRestored,
    stoppedEarly: trained.stoppedEarly,
    executor: trained.executor,
    executorReason: trained.executorReason,
    compileSeconds: trained.compileSeconds,
    waitedShare: trained.waitedShare,
    parameters: parameters.reduce((sum, count) => sum + count, 0),
    networkInputs: networkColumns.length,
  }
}
