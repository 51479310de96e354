import type { JobData, JobOutput } from '../../contracts/job.js'
import { weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import { parse } from '../../contracts/validation.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { openStoredModel, type StoredModel } from '../../evaluation/stored-model.js'
import { readManifest } from '../../serving/servable.js'
import type { FittedVersion } from '../train/fit-version.js'
import { type Attachment, type JudgeOptions, judgeVersion } from '../train/judge-version.js'
import { prepareData } from '../train/prepare-data.js'
import { TrialDetails } from '../trial/details.js'
import type { SearchPart } from '../trial/specification.js'
import { attachFolds } from './attach-folds.js'
import { compareTrials } from './compare-trials.js'
import type { SearchSpecification } from './request.js'
import { statementOf } from './statement.js'
import { trialSpecification } from './trial-specification.js'
import { bestOf, type EndedTrial, type FoundTrial, nothingFound, readTrials, shownTrial } from './trials.js'

export interface PublishOptions extends Omit<JudgeOptions, 'specification' | 'seconds' | 'attach'> {
  readonly specification: SearchSpecification
  readonly children: NonNullable<JobData['children']>
  readonly readSeconds: number
  readonly store?: ColumnStore
}

/**
 * Makes a version of the trial that did best on the validation rows: it is opened as it was trained, and judged on the
 * test rows like every other, beside the default.
 *
 * @throws FlywheelError job-failed when no trial has a figure
 */
export async function publishBest(options: PublishOptions): Promise<JobOutput> {
  const { specification, table, catalogue, context, readSeconds, store } = options
  const isInFold = ({ part }: { readonly part: unknown }) => (part as SearchPart).outer !== undefined
  const own = options.children.filter((child) => !isInFold(child))
  const trials = await readTrials(own, { left: 'kept', context })
  const best = bestOf(trials, specification.search)
  if (best === null) throw nothingFound(trials)
  const { parameters, epochs } = best.part
  const chosen = trialSpecification(specification, parameters, epochs === undefined ? {} : { epochs })
  const details = parse(
    TrialDetails,
    JSON.parse((await context.artifacts.read(best.result.kept.details)).toString()),
  )
  const { seconds: trialSeconds, ...learnt } = details
  const seconds: Record<string, number> = { ...trialSeconds, read: readSeconds }
  const { given: _, ...data } = await prepareData(table, chosen, { ...catalogue, ...(store && { store }) })
  const tf = await context.tensorflow(chosen.training)
  const open = async (trial: FoundTrial): Promise<StoredModel> => {
    const manifest = readManifest(await context.artifacts.read(trial.result.kept.sha256))
    const weights = await readStored(context.artifacts, weightsOf(manifest, 'to be judged'))
    return openStoredModel({ tf, manifest, weights, ...catalogue })
  }
  const fitted: FittedVersion = { calibration: undefined, ...learnt, tf, data, model: await open(best) }
  return judgeVersion(fitted, {
    ...options,
    specification: chosen,
    seconds,
    attach: async () => {
      const search = await attachSearch({ ...options, trials, best, fitted, open })
      const inFolds = options.children.filter(isInFold)
      if (inFolds.length === 0) return search
      const folds = await attachFolds(fitted, { specification, children: inFolds, catalogue, context })
      return {
        report: { ...search.report, ...folds.report },
        result: { ...search.result, ...folds.result },
        blobs: [...search.blobs, ...folds.blobs],
      }
    },
  })
}

async function attachSearch({
  specification: { search },
  trials,
  best,
  fitted,
  open,
  ...options
}: PublishOptions & {
  readonly trials: readonly EndedTrial[]
  readonly best: FoundTrial
  readonly fitted: FittedVersion
  readonly open: (trial: FoundTrial) => Promise<StoredModel>
}): Promise<Attachment> {
  const first = trials.find(({ part }) => part.name === 'default')
  const compared = await compareTrials({
    ...options,
    best,
    first: first ?? null,
    metric: search.metric,
    fitted,
    open,
  })
  const { metric, direction, method, space, seed, budgetSeconds, linear } = search
  const report = {
    method,
    metric,
    direction,
    space,
    seed,
    budgetSeconds,
    trials: trials.map((trial) => shownTrial(trial, metric)),
    trivial: {
      predictor: best.result.baseline.predictor,
      value: best.result.baseline.metrics[metric] ?? null,
    },
    ...('leftOut' in linear ? { linearLeftOut: linear.leftOut } : {}),
    best: best.part.number,
    // Chosen in place of a default that has a figure, it has a better one.
    improved: best.part.name !== 'default' && compared.validation.default !== null,
    ...compared,
  }
  const statement = statementOf(report)
  return {
    report: { search: { ...report, statement } },
    result: {
      search: {
        best: report.best,
        improved: report.improved,
        statement,
        trials: report.trials,
        trivial: report.trivial,
      },
    },
    blobs: [],
  }
}
