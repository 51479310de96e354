import { fileURLToPath } from 'node:url'
import { findLibrary } from '../../src/tensorflow/library.js'
import { startTensorFlow } from '../../src/tensorflow/start.js'

const folder =
  process.env.FLYWHEEL_TENSORFLOW ?? fileURLToPath(new URL('../../../.tensorflow', import.meta.url))

/** TensorFlow as a trainer with `deterministic` has it, or with threads; once for each test file's process. */
export const testTensorFlow = ({ threads }: { threads?: number } = {}) =>
  startTensorFlow({
    library: findLibrary({ folder, device: 'cpu' }),
    device: 'cpu',
    ...(threads ? { threads } : { deterministic: true }),
  })
