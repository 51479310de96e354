import type { Shapes } from '../../contracts/family.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import type { Report } from '../../evaluation/report.js'
import type { Trained } from '../../training/train.js'

/** What a report says of a training, or of an update's. */
export function trainingFigures(trained: Trained, { inputs }: Pick<Shapes, 'inputs'>): Report['training'] {
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
    parameters: trained.weights.tensors.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0),
    networkInputs: numbersOfRow(inputs),
  }
}

/** How many numbers the network gets of each row: of an image its pixels, of a text the ids (and weights) of its terms. */
export const numbersOfRow = (inputs: Shapes['inputs']): number =>
  inputs.reduce((sum, { shape }) => sum + sizeOfShape(shape), 0)
