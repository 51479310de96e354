import type { Label, Task } from '../../contracts/task.js'
import type { Metrics } from '../catalogue.js'
import { joinValues } from '../join-values.js'
import { metricValues } from '../metric-values.js'
import type { CrossValidation } from '../report/cross-validation-schema.js'
import { meanInterval } from './mean-interval.js'
import type { Answers } from './packed-answers.js'

/** What one fold has left. */
export interface FoldScores {
  readonly about: CrossValidation['folds'][number]
  readonly metrics: Readonly<Record<string, number | null>>
  readonly baseline: CrossValidation['baseline']
  readonly answers: Answers
}

/** The figures of the folds, and of their answers together, but for the file that these are stored in. */
export function crossValidate<State>(
  folds: readonly FoldScores[],
  {
    task,
    state,
    metrics,
    split,
  }: { task: Task<State>; state: State; metrics: Metrics; split: CrossValidation['split'] },
): Omit<CrossValidation, 'outOfFold'> & {
  outOfFold: Pick<CrossValidation['outOfFold'], 'rows' | 'metrics'>
} {
  const names = Object.keys(folds[0]?.metrics ?? {})
  const valuesOf = (name: string) => folds.map((fold) => fold.metrics[name] ?? null)
  const baselineOf = (name: string) => folds.map(({ baseline }) => baseline.metrics[name] ?? null)
  const yTrue = joinValues(folds.map(({ answers }) => answers.yTrue))
  const outputs = joinValues(folds.map(({ answers }) => answers.outputs))
  const { units } = task.head(state)
  const together = metricValues(task.metrics, metrics, { yTrue, outputs, units })
  return {
    folds: folds.map(({ about }) => about),
    split,
    metrics: Object.fromEntries(
      names.map((name) => [name, { ...meanInterval(valuesOf(name)), values: valuesOf(name) }]),
    ),
    baseline: {
      predictor: task.kind === 'classification' ? 'the most frequent class' : 'the mean',
      metrics: Object.fromEntries(names.map((name) => [name, meanInterval(baselineOf(name)).mean])),
    },
    outOfFold: { rows: yTrue.length, metrics: together.values },
  }
}

/** One line of the file of out-of-fold predictions. */
interface OutOfFoldLine {
  /** From 1, in the order of the dataset version. */
  readonly row: number
  readonly fold: number
  readonly target: Label
}

/** Lines of NDJSON in the order of the rows: what predict would answer for each, by the fold that has not learnt from it. */
export function* outOfFoldLines<State>(
  folds: readonly FoldScores[],
  { task, state }: { task: Task<State>; state: State },
): Generator<string> {
  const { units } = task.head(state)
  const classes = task.classes(state)
  const places = folds.flatMap(({ answers }, fold) =>
    Array.from(answers.rows, (row, at) => ({ row, fold, at })),
  )
  for (const { row, fold, at } of places.sort((a, b) => a.row - b.row)) {
    const { about, answers } = folds[fold] as FoldScores
    const truth = answers.yTrue[at] as number
    const [prediction] = task.decode(answers.outputs.subarray(at * units, (at + 1) * units), state)
    const line: OutOfFoldLine = { row: row + 1, fold: about.fold, target: classes[truth] ?? truth }
    yield `${JSON.stringify({ ...line, ...prediction })}\n`
  }
}
