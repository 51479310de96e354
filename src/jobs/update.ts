import type { JobType } from '../contracts/job.js'
import { UpdateRequest, UpdateSpecification } from './update/request.js'
import { resolveUpdate } from './update/resolve.js'
import { runUpdate } from './update/run.js'

const update: JobType<typeof UpdateRequest, typeof UpdateSpecification> = {
  name: 'update',
  summary:
    'Lets a model’s champion learn from feedback, mixed with rows of its original data, and promotes the result when it is better',
  request: UpdateRequest,
  specification: UpdateSpecification,
  example: { type: 'update', model: 'flowers' },
  resolve: resolveUpdate,
  run: runUpdate,
}
export default update
