import type { JobType } from '../contracts/job.js'
import { CompareRequest, CompareSpecification } from './compare/request.js'
import { resolveCompare } from './compare/resolve.js'
import { runCompare } from './compare/run.js'

const compare: JobType<typeof CompareRequest, typeof CompareSpecification> = {
  name: 'compare',
  summary: 'Lets two versions answer the same rows and tests whether one is better, in pairs',
  request: CompareRequest,
  specification: CompareSpecification,
  example: { type: 'compare', model: 'flowers@1', with: 'flowers', dataset: 'flowers' },
  resolve: resolveCompare,
  run: runCompare,
}
export default compare
