import type { JobData, RunContext } from '../../contracts/job.js'
import { unpackAnswers } from '../../evaluation/cross-validation/packed-answers.js'
import type { Catalogue } from '../train/catalogue.js'
import type { FittedVersion } from '../train/fit-version.js'
import type { Attachment } from '../train/judge-version.js'
import { reportFolds } from '../train/report-folds.js'
import type { SearchSpecification } from './request.js'
import { bestOf, nothingFound, readTrials } from './trials.js'

/**
 * The nested cross-validation of a search: in each fold the trial answers that the search, repeated without the fold's
 * rows, has chosen on validation rows (Cawley and Talbot 2010; the choice has seen none of the rows that judge it).
 *
 * @param options.children the trials of the repeated searches
 * @throws FlywheelError job-failed when a fold has no trial with a figure
 */
export async function attachFolds(
  fitted: FittedVersion,
  options: {
    readonly specification: SearchSpecification
    readonly children: NonNullable<JobData['children']>
    readonly catalogue: Catalogue
    readonly context: RunContext
  },
): Promise<Attachment> {
  const { specification, children, context } = options
  const trials = await readTrials(children, { left: 'heldOut', context })
  const { folds } = specification.evaluation.crossValidation ?? { folds: 0 }
  const scores = await Promise.all(
    Array.from({ length: folds }, async (_, index) => {
      const own = trials.filter(({ part }) => part.outer?.fold === index + 1)
      const best = bestOf(own, specification.search)
      if (best === null) throw nothingFound(own)
      const { part, result, job } = best
      const { metrics, baseline, rows, answers } = result.heldOut
      const { training, validation } = result.rows
      const { name, parameters } = part
      return {
        about: {
          ...{ fold: index + 1, job, training, validation, rows },
          epochs: result.epochs,
          seconds: result.seconds,
          chosen: { name, parameters },
        },
        metrics,
        baseline,
        answers: unpackAnswers(await context.artifacts.read(answers.sha256), answers.units),
      }
    }),
  )
  return reportFolds(scores, fitted, options)
}
