import { discover } from '../contracts/discovery.js'
import type { Family } from '../contracts/family.js'
import type { Task } from '../contracts/task.js'
import { openArtifactStore } from '../registry/artifacts.js'
import type { PredictorOptions } from '../serving/messages.js'
import { loadModel } from '../serving/predictor/load-model.js'
import { servePredictor } from '../serving/predictor/serve.js'
import { findLibrary } from '../tensorflow/library.js'
import { startTensorFlow } from '../tensorflow/start.js'
import { loadTransforms } from '../transforms/chain/catalogue.js'

/** A predictor: started by an api, holds deployed versions in memory and answers over the api's socket. */
process.title = 'flywheel predictor'
const options = JSON.parse(process.argv[2] ?? '{}') as PredictorOptions
const artifacts = await openArtifactStore(options.artifactsFolder)
const [families, tasks, transforms] = await Promise.all([
  discover<Family>(new URL('../models/', import.meta.url)),
  discover<Task>(new URL('../tasks/', import.meta.url)),
  loadTransforms(),
])
const library = findLibrary({ folder: options.tensorflowFolder, device: options.device })
const { tf, device, version } = await startTensorFlow({ library, device: options.device })
await servePredictor({
  socket: options.socket,
  load: (sha256) => loadModel(sha256, { tf, artifacts, families, tasks, transforms }),
  about: { device, tensorflow: version },
})
process.exit(0)
