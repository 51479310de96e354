import type { ExportFormat } from '../format.js'

const safetensors: ExportFormat = {
  name: 'safetensors',
  summary: 'the weights by name with metadata, and the network’s family and hyperparameters as JSON',
  write: async (version) => (await import('../safetensors/write-safetensors.js')).writeSafetensors(version),
}
export default safetensors
