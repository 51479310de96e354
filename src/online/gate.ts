import { mcNemarExact } from '../evaluation/comparison/mcnemar.js'
import { pairedSquaredErrors } from '../evaluation/comparison/paired-errors.js'
import { mostProbableClass } from './most-probable-class.js'

/** Two versions' answers to the same rows. */
export interface Answers {
  /** [rows]: class indices, or values in the target's own unit. */
  readonly yTrue: Float64Array
  /** [rows, units], row-major: probabilities, or values. */
  readonly champion: Float64Array
  readonly challenger: Float64Array
}

export interface GateOptions {
  readonly kind: 'classification' | 'regression'
  readonly units: number
  /** Rows of the original data that neither version was trained on. */
  readonly holdout: Answers
  /** New labels that the challenger was not trained on. */
  readonly newLabels: Answers
}

/** A version's figures on some rows; null without rows. */
export type Figures =
  | { readonly right: number; readonly accuracy: number | null }
  | { readonly rmse: number | null }

export interface Compared {
  readonly rows: number
  readonly champion: Figures
  readonly challenger: Figures
}

export interface Verdict {
  readonly decision: 'promoted' | 'rejected'
  readonly reason: string
  readonly holdout: Compared & {
    /** How probable so bad a challenger is on these rows, were it as good as the champion. */
    readonly pValue: number
    readonly test: 'mcnemar-exact' | 'paired-squared-errors'
    /** Rows that one version alone answers rightly; absent for regression. */
    readonly onlyChampionRight?: number
    readonly onlyChallengerRight?: number
  }
  readonly newLabels: Compared
}

/** One-sided: below it, the challenger counts as worse on the holdout. */
const significance = 0.05

/**
 * Whether a challenger takes the champion's place: it must not be significantly worse on the original holdout, and
 * it must be strictly better on new labels that were kept out. Where there are no such rows, nothing is known: it
 * does not pass.
 */
export function judge(options: GateOptions): Verdict {
  const isClassification = options.kind === 'classification'
  const holdout = isClassification ? compareRight(options.holdout, options) : compareErrors(options.holdout)
  const newLabels = isClassification
    ? compareRight(options.newLabels, options)
    : compareErrors(options.newLabels)
  const reason = refusal({ ...options, compared: { holdout, newLabels } })
  const { champion, challenger, rows } = newLabels
  return {
    decision: reason === null ? 'promoted' : 'rejected',
    reason:
      reason ??
      `better on ${rows} new labels (${words(challenger)} against ${words(champion)}), not worse on the holdout`,
    holdout,
    newLabels: { rows, champion, challenger },
  }
}

function refusal({
  holdout: { yTrue: holdoutTruth },
  newLabels: { yTrue: newTruth },
  compared: { holdout, newLabels },
}: GateOptions & { compared: Pick<Verdict, 'holdout' | 'newLabels'> }): string | null {
  if (holdoutTruth.length === 0)
    return 'no rows of the original data were kept out: what was lost can not be told'
  if (newTruth.length === 0) return 'no new labels were kept out: what was gained can not be told'
  const figures = [holdout, newLabels].flatMap(({ champion, challenger }) => [champion, challenger])
  if (!figures.flatMap(Object.values).every(Number.isFinite)) return 'a figure is not finite'
  if (holdout.pValue < significance) {
    return `worse on the holdout: ${words(holdout.challenger)} against ${words(holdout.champion)}, p = ${holdout.pValue.toPrecision(3)}`
  }
  if (isBetter(newLabels)) return null
  return `not better on new labels: ${words(newLabels.challenger)} against ${words(newLabels.champion)}`
}

function isBetter({ champion, challenger }: Compared): boolean {
  if ('right' in champion && 'right' in challenger) return challenger.right > champion.right
  if ('rmse' in champion && 'rmse' in challenger) {
    return (challenger.rmse ?? Number.NaN) < (champion.rmse ?? Number.NaN)
  }
  return false
}

function compareRight(
  { yTrue, champion, challenger }: Answers,
  { units }: { units: number },
): Verdict['holdout'] {
  const rows = yTrue.length
  let [both, onlyChampionRight, onlyChallengerRight] = [0, 0, 0]
  for (let row = 0; row < rows; row += 1) {
    const one = mostProbableClass(champion, row, units) === yTrue[row]
    const other = mostProbableClass(challenger, row, units) === yTrue[row]
    if (one && other) both += 1
    else if (one) onlyChampionRight += 1
    else if (other) onlyChallengerRight += 1
  }
  const figures = (right: number): Figures => ({ right, accuracy: rows === 0 ? null : right / rows })
  return {
    rows,
    champion: figures(both + onlyChampionRight),
    challenger: figures(both + onlyChallengerRight),
    pValue: mcNemarExact({ onlyFirst: onlyChampionRight, onlySecond: onlyChallengerRight }).oneSided,
    test: 'mcnemar-exact',
    onlyChampionRight,
    onlyChallengerRight,
  }
}

function compareErrors({ yTrue, champion, challenger }: Answers): Verdict['holdout'] {
  const rows = yTrue.length
  const rmse = (answers: Float64Array): Figures => {
    const squares = yTrue.reduce((sum, truth, row) => sum + (truth - (answers[row] as number)) ** 2, 0)
    return { rmse: rows === 0 ? null : Math.sqrt(squares / rows) }
  }
  return {
    rows,
    champion: rmse(champion),
    challenger: rmse(challenger),
    pValue: pairedSquaredErrors({ yTrue, first: champion, second: challenger }).oneSided,
    test: 'paired-squared-errors',
  }
}

const words = (figures: Figures): string =>
  'right' in figures ? `${figures.right} right` : `RMSE ${Number(figures.rmse?.toPrecision(5))}`
