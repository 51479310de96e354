import type { JobType } from '../contracts/job.js'
import { PredictRequest, PredictSpecification } from './predict/request.js'
import { resolvePredict } from './predict/resolve.js'
import { runPredict } from './predict/run.js'

const predict: JobType<typeof PredictRequest, typeof PredictSpecification> = {
  name: 'predict',
  summary: 'Answers every row of a dataset with a version; the answers are a dataset',
  request: PredictRequest,
  specification: PredictSpecification,
  example: { type: 'predict', model: 'flowers', dataset: 'flowers', name: 'flowers-answered' },
  resolve: resolvePredict,
  run: runPredict,
}
export default predict
