import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, JobOutput } from '../../contracts/job.js'
import { weightsOf } from '../../contracts/model-manifest.js'
import { parse } from '../../contracts/validation.js'
import type { ColumnStore } from '../../datasets/columns/column-store.js'
import { openStoredModel, type StoredModel } from '../../evaluation/stored-model.js'
import { readManifest } from '../../serving/servable.js'
import type { FittedVersion } from '../train/fit-version.js'
import { type Attachment, type JudgeOptions, judgeVersion } from '../train/judge-version.js'
import { prepareData } from '../train/prepare-data.js'
import { TrialDetails } from '../trial/details.js'
import { compareTrials } from './compare-trials.js'
import type { SearchSpecification } from './request.js'
import { statementOf } from './statement.js'
import { trialSpecification } from './trial-specification.js'
import { bestOf, type EndedTrial, readTrials, shownTrial } from './trials.js'

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
  const trials = await readTrials(options.children, context)
  const best = bestOf(trials, specification.search)
  if (best === null) throw nothingFound(trials)
  const { parameters, epochs } = best.part
  const own = trialSpecification(specification, parameters, epochs === undefined ? {} : { epochs })
  const details = parse(
    TrialDetails,
    JSON.parse((await context.artifacts.read(best.result.kept.details)).toString()),
  )
  const { seconds: trialSeconds, ...learnt } = details
  const seconds: Record<string, number> = { ...trialSeconds, read: readSeconds }
  const { given: _, ...data } = await prepareData(table, own, { ...catalogue, ...(store && { store }) })
  const tf = await context.tensorflow(own.training)
  const open = async (trial: typeof best): Promise<StoredModel> => {
    const manifest = readManifest(await context.artifacts.read(trial.result.kept.sha256))
    const weights = await context.artifacts.read(weightsOf(manifest, 'to be judged').sha256)
    return openStoredModel({ tf, manifest, weights, ...catalogue })
  }
  const fitted: FittedVersion = { calibration: undefined, ...learnt, tf, data, model: await open(best) }
  return judgeVersion(fitted, {
    ...options,
    specification: own,
    seconds,
    attach: () => attachSearch({ ...options, trials, best, fitted, open }),
  })
}

type Found = NonNullable<ReturnType<typeof bestOf>>

async function attachSearch({
  specification: { search },
  trials,
  best,
  fitted,
  open,
  ...options
}: PublishOptions & {
  readonly trials: readonly EndedTrial[]
  readonly best: Found
  readonly fitted: FittedVersion
  readonly open: (trial: Found) => Promise<StoredModel>
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

function nothingFound(trials: readonly EndedTrial[]): FlywheelError {
  const reason = trials.find((trial) => trial.reason !== undefined)?.reason ?? 'there were none'
  return new FlywheelError('job-failed', `No trial has a figure to be compared by: ${reason}`, {
    remedy: 'Raise search.budgetSeconds, or mend what the trials failed of',
  })
}
