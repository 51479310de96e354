import { FlywheelError } from '../contracts/errors.js'
import type { TrainingState } from './state.js'
import type { TrainingWarning } from './warnings.js'

/** Where a loss was not finite. It survives JSON. */
export interface Divergence {
  /** From 1. */
  readonly step: number
  readonly what: 'loss' | 'validation loss' | 'weights'
  /** `NaN`, `Infinity` or `-Infinity`. */
  readonly value: string
  readonly learningRate: number
  /** The mean loss of the epoch's rows before it, or else of the epoch before; null when there was none. */
  readonly lastFiniteLoss: number | null
  /** Seconds of training up to then. */
  readonly afterSeconds: number
}

/** The learning rate of the second attempt, as a share of the first one's. */
export const retryFactor = 0.1

/** The error of a training whose loss is not finite; its members are the divergence, and `first`: the one before. */
export function diverged(
  state: TrainingState,
  {
    what = 'loss',
    value,
    learningRate,
  }: Pick<Divergence, 'learningRate'> & { what?: Divergence['what']; value: number },
): FlywheelError {
  const { rows, loss } = state.sums
  const divergence: Divergence = {
    step: state.step + 1,
    what,
    value: String(value),
    learningRate,
    lastFiniteLoss: rows > 0 ? loss / rows : (state.history.at(-1)?.loss ?? null),
    afterSeconds: state.elapsedSeconds,
  }
  const { retried } = state
  const before = retried === null ? '' : `. It was retried before: ${inWords(retried)}`
  return new FlywheelError('training-diverged', `${inWords(divergence)}${before}`, {
    members: { ...divergence, first: retried },
  })
}

/** The divergence after which a training begins again; null when the error is another, or the second one. */
export function firstDivergence(error: unknown): Divergence | null {
  if (!(error instanceof FlywheelError) || error.code !== 'training-diverged') return null
  const { first, ...divergence } = error.members as unknown as Divergence & { first: Divergence | null }
  return first === null ? divergence : null
}

export function retriedWarning(divergence: Divergence): TrainingWarning {
  const rate = rounded(divergence.learningRate * retryFactor)
  return {
    code: 'diverged-retried',
    detail: `${inWords(divergence)}; the training was retried at a tenth of the learning rate, ${rate}`,
    remedy: `Lower training.optimizer.learningRate, or scale the features; "onDivergence": "fail" ends such a job at once`,
  }
}

function inWords({ what, value, step, learningRate, lastFiniteLoss }: Divergence): string {
  const loss =
    lastFiniteLoss === null
      ? 'there was no finite loss before it'
      : `the last finite mean loss was ${rounded(lastFiniteLoss)}`
  const verb = what === 'weights' ? 'are' : 'is'
  return `The ${what} ${verb} ${value} at step ${step} with the learning rate ${rounded(learningRate)}; ${loss}`
}

const rounded = (value: number): number => Number(value.toPrecision(6))
