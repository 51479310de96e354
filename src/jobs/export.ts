import type { JobType } from '../contracts/job.js'
import { ExportRequest, ExportSpecification } from './export/request.js'
import { resolveExport } from './export/resolve.js'
import { runExport } from './export/run.js'

const exportJob: JobType<typeof ExportRequest, typeof ExportSpecification> = {
  name: 'export',
  summary: 'Packs a version as an archive that works without Flywheel',
  request: ExportRequest,
  specification: ExportSpecification,
  example: { type: 'export', model: 'flowers@1', format: 'tfjs' },
  resolve: resolveExport,
  run: runExport,
}
export default exportJob
