import {
  type ChildDraft,
  type ChildJob,
  type ChildPlan,
  hasEnded,
  type PlanChildren,
} from '../../contracts/children.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { JobData } from '../../contracts/job.js'
import { seededNumbers } from '../../datasets/seeded-order.js'
import { inFold } from '../train/resolve-split.js'
import type { SearchPart, TrialSpecification } from '../trial/specification.js'
import { nextPromotion } from './methods/asha.js'
import type { Coordinates, Suggest } from './methods/method.js'
import { suggestRandom } from './methods/random.js'
import { suggestTpe } from './methods/tpe.js'
import type { SearchSpecification } from './request.js'
import { dimensionsOf, type Parameters, parametersAt } from './space.js'
import { trialSpecification } from './trial-specification.js'

/** Adam's usual rate suits deep networks; a linear model would need many more epochs with it. */
const LINEAR_RATE = 0.02

/** A trial that was added, as the search sees it. */
interface Known extends SearchPart {
  readonly id: string
  readonly state: ChildJob['state']
  readonly startedAt: Date | null
  /** Less is better; infinite where the trial failed; null while it runs. */
  readonly loss: number | null
}

/** The search itself, or the fold without whose rows it is repeated. */
type Round = SearchPart['outer']

/**
 * Keeps as many trials at work as asked for: the default first, then the linear baseline, then what the method
 * suggests. What it suggests follows from the seed and from the trials that have ended. Where the search is
 * cross-validated, it is repeated without the rows of each fold, one fold after the other, each with its own time.
 */
export function searchChildren({
  specification,
}: Pick<JobData<SearchSpecification>, 'specification'>): PlanChildren {
  const { search } = specification
  return (children, now) => {
    const known = children.map((child) => knownOf(child, search))
    const open = known.filter(({ loss }) => loss === null)
    const rounds = roundsOf(specification)
    try {
      const add: ChildDraft[] = []
      const stop: string[] = []
      for (const round of rounds) {
        const own = known.filter(({ outer }) => outer?.fold === round?.fold)
        if (isOver(own, { now, budgetSeconds: search.budgetSeconds })) {
          // What all others are compared with is not given up.
          stop.push(
            ...own.filter(({ name, loss }) => loss === null && name !== 'default').map(({ id }) => id),
          )
        } else {
          const free = search.parallel - open.length - add.length
          add.push(...nextTrials(specification, { known: own, round, free }))
        }
      }
      const isComplete = open.length + add.length === 0
      return { ...about(known, { search, rounds: rounds.length }), add, stop, isComplete }
    } catch (error) {
      // Fields that can not be together, which no check of the space has met.
      if (!(error instanceof FlywheelError)) throw error
      const { code, message: detail, remedy } = error
      return {
        ...about(known, { search, rounds: rounds.length }),
        add: [],
        stop: [],
        isComplete: false,
        failure: { code, detail, remedy },
      }
    }
  }
}

const roundsOf = ({ evaluation }: SearchSpecification): Round[] => {
  const { folds } = evaluation.crossValidation ?? { folds: 0 }
  return [undefined, ...Array.from({ length: folds }, (_, index) => ({ fold: index + 1, folds }))]
}

/** At most `free` of them. */
function nextTrials(
  specification: SearchSpecification,
  { known, round, free }: { known: readonly Known[]; round: Round; free: number },
): ChildDraft[] {
  const drafts: ChildDraft[] = []
  const all = [...known]
  while (drafts.length < free) {
    const next = nextPart(specification, { known: all, round })
    if (next === null) break
    const part = { ...next, ...(round && { outer: round }) }
    all.push({ ...part, id: '', state: 'queued', startedAt: null, loss: null })
    drafts.push(draftOf(specification, part))
  }
  return drafts
}

function knownOf(child: ChildJob, { metric, direction }: SearchSpecification['search']): Known {
  const { id, state, startedAt } = child
  const known = { ...(child.part as SearchPart), id, state, startedAt }
  if (!hasEnded(child)) return { ...known, loss: null }
  const value = (child.result?.metrics as Record<string, number | null> | undefined)?.[metric] ?? null
  const loss = value === null ? Number.POSITIVE_INFINITY : direction === 'maximise' ? -value : value
  return { ...known, loss }
}

function isOver(
  trials: readonly Known[],
  { now, budgetSeconds }: { now: Date; budgetSeconds: number },
): boolean {
  const starts = trials.flatMap(({ startedAt }) => startedAt?.getTime() ?? [])
  return starts.length > 0 && now.getTime() - Math.min(...starts) >= budgetSeconds * 1000
}

/** Null when there is nothing to begin now. */
function nextPart(
  { search }: SearchSpecification,
  { known, round }: { known: readonly Known[]; round: Round },
): SearchPart | null {
  const number = known.length
  const { linear, rungEpochs } = search
  const [lowest = 1] = rungEpochs
  if (!known.some(({ name }) => name === 'default')) return reference(number, 'default', {})
  if ('family' in linear && !known.some(({ name }) => name === 'linear')) {
    return reference(number, 'linear', {
      family: linear.family,
      'training.optimizer': { name: 'adam', learningRate: LINEAR_RATE },
    })
  }
  const trials = known.filter(({ name }) => name === 'trial')
  const promotion = promotionOf(search, trials)
  if (promotion !== null) return { ...promotion, number }
  const configurations = trials.filter(({ rung }) => rung === 0)
  if (configurations.length >= search.trials) return null
  const coordinates = suggestionFor(search, { trials, number: number + (round?.fold ?? 0) * MOST_NUMBERS })
  const epochs = search.method === 'asha' ? { epochs: lowest } : {}
  return {
    kind: 'search',
    number,
    name: 'trial',
    configuration: configurations.length,
    rung: 0,
    coordinates,
    parameters: parametersAt(search.space, coordinates),
    ...epochs,
  }
}

const reference = (number: number, name: 'default' | 'linear', parameters: Parameters): SearchPart => ({
  kind: 'search',
  number,
  name,
  configuration: -1,
  rung: 0,
  coordinates: {},
  parameters,
})

function promotionOf(
  { method, reduction, rungEpochs }: SearchSpecification['search'],
  trials: readonly Known[],
): Omit<SearchPart, 'number'> | null {
  if (method !== 'asha') return null
  const next = nextPromotion(trials, { reduction, rungEpochs })
  const before = trials.find(({ configuration }) => configuration === next?.configuration)
  if (next === null || before === undefined) return null
  const { id: _, state: __, startedAt: ___, loss: ____, number: _____, ...part } = before
  return { ...part, rung: next.rung, epochs: rungEpochs[next.rung] as number }
}

/** Trials of one round have lower numbers. */
const MOST_NUMBERS = 1_000_003

const methods: Readonly<Record<SearchSpecification['search']['method'], Suggest>> = {
  random: suggestRandom,
  asha: suggestRandom,
  tpe: suggestTpe,
}

function suggestionFor(
  { method, space, seed }: SearchSpecification['search'],
  { trials, number }: { trials: readonly Known[]; number: number },
): Coordinates {
  return methods[method]({
    dimensions: dimensionsOf(space),
    observations: trials.flatMap(({ coordinates, loss }) => (loss === null ? [] : [{ coordinates, loss }])),
    pending: trials.filter(({ loss }) => loss === null).map(({ coordinates }) => coordinates),
    random: seededNumbers(Math.imul(seed, 0x9e3779b1) + number),
  })
}

function draftOf(specification: SearchSpecification, part: SearchPart): ChildDraft {
  const { parameters, epochs } = part
  const options = epochs === undefined ? {} : { epochs }
  const trial: TrialSpecification = {
    ...trialSpecification(part.outer ? inFold(specification) : specification, parameters, options),
    type: 'trial',
    part,
  }
  return { type: 'trial', specification: trial, blobs: {} }
}

function about(
  known: readonly Known[],
  { search, rounds }: { search: SearchSpecification['search']; rounds: number },
): Pick<ChildPlan, 'failure' | 'progress'> {
  const { metric, direction, trials, linear } = search
  const ended = known.filter(({ loss }) => loss !== null)
  const own = ended.filter(({ outer }) => outer === undefined)
  const best = Math.min(...own.map(({ loss }) => loss as number))
  const value = Number.isFinite(best) ? (direction === 'maximise' ? -best : best) : null
  const references = 'family' in linear ? 2 : 1
  return {
    failure: null,
    progress: {
      step: ended.length,
      steps: Math.max(rounds * (trials + references), known.length),
      metrics: { [metric]: value },
      secondsLeft: null,
    },
  }
}
