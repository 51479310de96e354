import { FlywheelError } from '../../contracts/errors.js'
import type { JobData, RunContext } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import type { Search } from '../../evaluation/report/search-schema.js'
import { type SearchPart, TrialResult } from '../trial/specification.js'

/** What a trial leaves beside its figures: what it has learnt, or answers to the rows of a fold. */
type Left = 'kept' | 'heldOut'

/** A trial that has ended, in one way or another. */
export interface EndedTrial<What extends Left = 'kept'> {
  readonly job: string
  readonly state: Search['trials'][number]['state']
  readonly part: SearchPart
  /** Null where it has left none. */
  readonly result: (TrialResult & Required<Pick<TrialResult, What>>) | null
  /** Why it has left none. */
  readonly reason?: string
}

/** A trial that can become a version, or answer for a fold. */
export type FoundTrial<What extends Left = 'kept'> = EndedTrial<What> & {
  readonly result: NonNullable<EndedTrial<What>['result']>
}

/** In the order in which they began. */
export async function readTrials<What extends Left>(
  children: NonNullable<JobData['children']>,
  { left, context: { outputOf } }: { left: What; context: Pick<RunContext, 'outputOf'> },
): Promise<EndedTrial<What>[]> {
  const trials = await Promise.all(
    children.map(async ({ id: job, part, state, error }): Promise<EndedTrial<What>> => {
      const about = { job, part: part as SearchPart }
      const output = await outputOf(job)
      const result = output === null ? null : parse(TrialResult, output.result)
      if (state === 'succeeded' && has(result, left)) return { ...about, state, result }
      const isFailed = state === 'failed'
      const reason = isFailed ? (error?.detail ?? 'it failed') : 'it was stopped before its end'
      return { ...about, state: isFailed ? 'failed' : 'cancelled', result: null, reason }
    }),
  )
  return trials.sort((a, b) => a.part.number - b.part.number)
}

const has = <What extends Left>(
  result: TrialResult | null,
  left: What,
): result is TrialResult & Required<Pick<TrialResult, What>> => result?.[left] !== undefined

/** The trial with the best figure; of equal ones the first, so that nothing replaces the default for nothing. */
export function bestOf<What extends Left>(
  trials: readonly EndedTrial<What>[],
  { metric, direction }: Pick<Search, 'metric' | 'direction'>,
): FoundTrial<What> | null {
  const sign = direction === 'maximise' ? 1 : -1
  let best: { trial: FoundTrial<What>; score: number } | null = null
  for (const trial of trials) {
    const value = trial.result?.metrics[metric] ?? null
    if (trial.result === null || value === null) continue
    if (best === null || sign * value > best.score)
      best = { trial: trial as FoundTrial<What>, score: sign * value }
  }
  return best?.trial ?? null
}

/** Why no trial is the best: with the reason of the first that has one. */
export function nothingFound(trials: readonly { readonly reason?: string }[]): FlywheelError {
  const reason = trials.find((trial) => trial.reason !== undefined)?.reason ?? 'there were none'
  return new FlywheelError('job-failed', `No trial has a figure to be compared by: ${reason}`, {
    remedy: 'Raise search.budgetSeconds, or mend what the trials failed of',
  })
}

/** As the report shows it. */
export function shownTrial(
  { job, state, part, result, reason }: EndedTrial,
  metric: string,
): Search['trials'][number] {
  const { number, name, parameters } = part
  return {
    number,
    name,
    job,
    state,
    parameters: part.epochs === undefined ? parameters : { ...parameters, 'training.epochs': part.epochs },
    value: result?.metrics[metric] ?? null,
    metrics: { ...result?.metrics },
    epochs: result?.epochs ?? null,
    seconds: result?.seconds ?? null,
    ...(reason === undefined ? {} : { reason }),
  }
}
