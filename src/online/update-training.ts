import type { Training } from '../training/options.js'

/** Fewer new labels than this are no basis for choosing the epoch to stop at. */
const fewLabels = 50
const epochsForFew = 5
const epochsForMany = 20
const patience = 3
/** Of an update's new labels, for early stopping; the fifth that judges is taken before. */
export const validationShare = 0.1

/**
 * How an update trains: as its champion was trained, but briefly and without a schedule that ends. The learning
 * rate is the champion's own, as its optimizer's state goes on from there.
 */
export function updateTraining(training: Training, { newRows }: { newRows: number }): Training {
  const isFew = newRows < fewLabels
  return {
    ...training,
    epochs: isFew ? epochsForFew : epochsForMany,
    schedule: { name: 'constant', warmupEpochs: 0 },
    validationSplit: 0,
    earlyStopping: isFew ? null : { patience, minDelta: 0, restoreBestWeights: true },
  }
}
