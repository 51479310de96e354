import type { JobData, RunContext } from '../../contracts/job.js'
import { parse } from '../../contracts/validation.js'
import type { Search } from '../../evaluation/report/search-schema.js'
import { type SearchPart, TrialResult } from '../trial/specification.js'

/** A trial that has ended, in one way or another. */
export interface EndedTrial {
  readonly job: string
  readonly state: Search['trials'][number]['state']
  readonly part: SearchPart
  /** Null where it has left none. */
  readonly result: (TrialResult & { readonly kept: NonNullable<TrialResult['kept']> }) | null
  /** Why it has left none. */
  readonly reason?: string
}

/** A trial that can become a version. */
export type FoundTrial = EndedTrial & { readonly result: NonNullable<EndedTrial['result']> }

/** In the order in which they began. */
export async function readTrials(
  children: NonNullable<JobData['children']>,
  { outputOf }: RunContext,
): Promise<EndedTrial[]> {
  const trials = await Promise.all(
    children.map(async ({ id: job, part, state, error }): Promise<EndedTrial> => {
      const about = { job, part: part as SearchPart }
      const output = await outputOf(job)
      const result = output === null ? null : parse(TrialResult, output.result)
      if (state === 'succeeded' && result?.kept !== undefined) {
        return { ...about, state, result: { ...result, kept: result.kept } }
      }
      const isFailed = state === 'failed'
      const reason = isFailed ? (error?.detail ?? 'it failed') : 'it was stopped before its end'
      return { ...about, state: isFailed ? 'failed' : 'cancelled', result: null, reason }
    }),
  )
  return trials.sort((a, b) => a.part.number - b.part.number)
}

/** The trial with the best figure; of equal ones the first, so that nothing replaces the default for nothing. */
export function bestOf(
  trials: readonly EndedTrial[],
  { metric, direction }: Pick<Search, 'metric' | 'direction'>,
): FoundTrial | null {
  const sign = direction === 'maximise' ? 1 : -1
  let best: { trial: FoundTrial; score: number } | null = null
  for (const trial of trials) {
    const value = trial.result?.metrics[metric] ?? null
    if (trial.result === null || value === null) continue
    if (best === null || sign * value > best.score) best = { trial: trial as FoundTrial, score: sign * value }
  }
  return best?.trial ?? null
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
