import { probeMemory } from '../jobs/compress/memory/probe.js'
import { loadTensorFlow } from './load-tensorflow.js'

/** Started by a trainer that compares the memory of two versions; it ends with the trainer. */
process.title = 'flywheel memory probe'
process.on('disconnect', () => process.exit(1))
await probeMemory(() => loadTensorFlow({ deterministic: false }))
