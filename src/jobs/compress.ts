import type { JobType } from '../contracts/job.js'
import { CompressRequest, CompressSpecification } from './compress/request.js'
import { resolveCompress } from './compress/resolve.js'
import { runCompress } from './compress/run.js'

const compress: JobType<typeof CompressRequest, typeof CompressSpecification> = {
  name: 'compress',
  summary: 'Makes a smaller or faster version of a version, and stands both side by side',
  request: CompressRequest,
  specification: CompressSpecification,
  example: { type: 'compress', model: 'flowers@1', method: 'float16', accept: { maxDrop: 0.01 } },
  resolve: resolveCompress,
  run: runCompress,
}
export default compress
