import type { Training } from '../options.js'
import type { NamedTensor } from '../weights.js'
import type { Callback } from './callback.js'

/** What early stopping remembers between epochs. */
export interface BestEpoch {
  /** From 1. */
  readonly epoch: number
  readonly loss: number
  /** Epochs since then. */
  wait: number
}

export interface EarlyStopping extends Callback {
  best: BestEpoch | null
  /** The weights of the best epoch, where they are to be restored. */
  bestWeights: readonly NamedTensor[] | null
}

/** Ends training when the validation loss has not fallen for `patience` epochs; remembers the best weights. */
export function earlyStopping(options: NonNullable<Training['earlyStopping']>): EarlyStopping {
  const { patience, minDelta, restoreBestWeights } = options
  return {
    best: null,
    bestWeights: null,
    epochDone({ state, runner }, { epoch, val_loss: loss }) {
      if (loss === undefined) return
      if (this.best === null || loss < this.best.loss - minDelta) {
        this.best = { epoch, loss, wait: 0 }
        if (restoreBestWeights) this.bestWeights = runner.read().weights
        return
      }
      this.best.wait++
      if (this.best.wait >= patience) state.stopped = 'early-stopping'
    },
  }
}
