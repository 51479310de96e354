import { discover } from '../contracts/discovery.js'
import type { Family } from '../contracts/family.js'
import type { Task } from '../contracts/task.js'
import { openArtifactStore } from '../registry/artifacts.js'
import type { PredictorOptions, TensorFlowStatus } from '../serving/messages.js'
import { loadModel } from '../serving/predictor/load-model.js'
import { MemoryBudget } from '../serving/predictor/memory-budget.js'
import { servePredictor } from '../serving/predictor/serve.js'
import { keepObjectsYoung } from '../short-lived-objects.js'
import { findLibrary } from '../tensorflow/library.js'
import { loadTransforms } from '../transforms/chain/catalogue.js'

/** A predictor: started by an api, holds deployed versions in memory and answers over the api's socket. */
process.title = 'flywheel predictor'
keepObjectsYoung()
const options = JSON.parse(process.argv[2] ?? '{}') as PredictorOptions
const artifacts = await openArtifactStore(options.artifactsFolder)
const [families, tasks, transforms] = await Promise.all([
  discover<Family>(new URL('../models/', import.meta.url)),
  discover<Task>(new URL('../tasks/', import.meta.url)),
  loadTransforms(),
])
let running: TensorFlowStatus | null = null
const memory = new MemoryBudget({
  limitBytes: options.memoryBytes,
  isTensorFlowLoaded: () => running !== null,
})

async function tensorflow() {
  const { startTensorFlow } = await import('../tensorflow/start.js')
  const { device } = options
  const started = await startTensorFlow({ library: library(), device })
  running = { device: started.device, version: started.version }
  return started.tf
}

const library = (): string => findLibrary({ folder: options.tensorflowFolder, device: options.device })

// A library that is missing, or a GPU that can not be used, is said at the start.
const mayHaveGpu = options.device !== 'cpu' && library().includes('/gpu/')
if (mayHaveGpu) await tensorflow()
await servePredictor({
  socket: options.socket,
  load: (sha256) =>
    loadModel(sha256, {
      tensorflow,
      memory,
      hasGpu: running?.device.kind === 'gpu',
      artifacts,
      families,
      tasks,
      transforms,
    }),
  tensorflow: () => running,
  logsRequests: options.logsRequests ?? false,
})
process.exit(0)
