import type { ExportFormat } from '../format.js'

const savedmodel: ExportFormat = {
  name: 'savedmodel',
  summary:
    'a TensorFlow SavedModel for any number of rows, whose signature takes columns where the transforms can stand in its graph',
  write: async (version) => (await import('../savedmodel/write-savedmodel.js')).writeSavedModel(version),
}
export default savedmodel
