import type { RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { PairedTest } from '../../evaluation/comparison/compare-answers.js'
import { type Answers, unpackAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import { metricValues } from '../../evaluation/metric-values.js'
import type { Search } from '../../evaluation/report/search-schema.js'
import type { StoredModel } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { compareAnswersOf } from '../train/compare-answers-of.js'
import type { FittedVersion } from '../train/fit-version.js'
import { answersTo } from '../train/test-answers.js'
import type { EndedTrial, FoundTrial } from './trials.js'

export interface CompareTrialsOptions {
  readonly best: FoundTrial
  /** The default; null when it was not there. */
  readonly first: EndedTrial | null
  readonly metric: string
  /** The best's. */
  readonly fitted: FittedVersion
  readonly open: (trial: FoundTrial) => Promise<StoredModel>
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
}

/** The best trial beside the default: on the rows that it was chosen by, and on the test rows. */
export async function compareTrials(
  options: CompareTrialsOptions,
): Promise<Pick<Search, 'validation' | 'test'>> {
  const { best, first, fitted } = options
  const other = first === null || first.result === null || first === best ? null : (first as FoundTrial)
  const own = await testAnswers(fitted.model, options)
  const testRows = { rows: own.rows.length, best: figureOf(own, options) }
  const validation = {
    rows: best.result.rows.scored,
    default: first?.result?.metrics[options.metric] ?? null,
    best: best.result.metrics[options.metric] ?? null,
  }
  const none = { pValue: null, test: null }
  if (other === null) {
    const isDefault = first === best
    return {
      validation: { ...validation, ...none },
      test: { ...testRows, default: isDefault ? testRows.best : null, ...none },
    }
  }
  const chosenBy = await Promise.all([other, best].map((trial) => storedAnswers(trial, options)))
  const model = await options.open(other)
  try {
    const theirs = await testAnswers(model, options)
    return {
      validation: { ...validation, ...paired(chosenBy as [Answers, Answers], fitted) },
      test: { ...testRows, default: figureOf(theirs, options), ...paired([theirs, own], fitted) },
    }
  } finally {
    model.dispose()
  }
}

const testAnswers = (model: StoredModel, { table, fitted }: CompareTrialsOptions): Promise<Answers> =>
  answersTo(model, { table, rows: fitted.data.split.test })

const storedAnswers = async (
  { result: { answers } }: FoundTrial,
  { context: { artifacts } }: CompareTrialsOptions,
): Promise<Answers> => unpackAnswers(await artifacts.read(answers.sha256), answers.units)

function figureOf(
  { yTrue, outputs }: Answers,
  { metric, catalogue, fitted }: CompareTrialsOptions,
): number | null {
  const { units } = fitted.data.head
  return metricValues([metric], catalogue.metrics, { yTrue, outputs, units }).values[metric] ?? null
}

function paired(
  answers: readonly [Answers, Answers],
  { data }: FittedVersion,
): { pValue: number | null; test: PairedTest['test'] | null } {
  if (answers[0].rows.length === 0) return { pValue: null, test: null }
  const { pValue, test } = compareAnswersOf(answers, data)
  return { pValue, test }
}
