import type { ExportFormat } from '../format.js'

const bundle: ExportFormat = {
  name: 'bundle',
  summary: 'the version itself, with checksums and signed, for another Flywheel to import',
  isSigned: true,
  write: async (version) => (await import('../bundle/write-bundle.js')).writeBundle(version),
}
export default bundle
