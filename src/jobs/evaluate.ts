import type { JobType } from '../contracts/job.js'
import { EvaluateRequest, EvaluateSpecification } from './evaluate/request.js'
import { resolveEvaluate } from './evaluate/resolve.js'
import { runEvaluate } from './evaluate/run.js'

const evaluate: JobType<typeof EvaluateRequest, typeof EvaluateSpecification> = {
  name: 'evaluate',
  summary: 'Scores a version on every row of a dataset; the report is kept with the version',
  request: EvaluateRequest,
  specification: EvaluateSpecification,
  example: { type: 'evaluate', model: 'flowers', dataset: 'flowers' },
  resolve: resolveEvaluate,
  run: runEvaluate,
}
export default evaluate
