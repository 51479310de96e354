import type { ExportFormat } from '../format.js'

const tfjs: ExportFormat = {
  name: 'tfjs',
  summary:
    'a TensorFlow.js model for browsers and Node, a layers model where TensorFlow.js has all of the layers, else a graph model',
  write: async (version) => (await import('../tfjs/write-tfjs.js')).writeTfjs(version),
}
export default tfjs
