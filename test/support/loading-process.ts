import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { withOnnxForm } from '../../src/jobs/train/onnx-form.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { predictorEnvironment } from '../../src/serving/client/predictor-environment.js'
import { packTensors } from '../../src/training/weights.js'
import { storeHandMadeModel } from './hand-made-model.js'
import type { Held, LoadAndUnload } from './load-and-unload.js'
import { temporaryFolder } from './temporary-folder.js'
import { testTensorFlow } from './tensorflow.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const entry = fileURLToPath(new URL('./load-and-unload.js', import.meta.url))

/** A version with two hidden layers of so many units. @returns its hash without and with an ONNX form */
export async function storeDense(units: number): Promise<{ tensorflow: string; onnx: string }> {
  const { manifest: base } = await storeHandMadeModel(artifacts)
  const layer = (name: string, shape: [number, number]) => [
    { name: `${name}/kernel`, shape, values: new Float32Array(shape[0] * shape[1]).fill(1 / shape[0]) },
    { name: `${name}/bias`, shape: [shape[1]], values: new Float32Array(shape[1]) },
  ]
  const { tensors, bytes } = packTensors([
    ...layer('hidden_1', [3, units]),
    ...layer('hidden_2', [units, units]),
    ...layer('logits', [units, 3]),
  ])
  const manifest: ModelManifest = {
    ...base,
    family: {
      name: 'mlp',
      hyperparameters: { hiddenUnits: [units, units], activation: 'relu', dropout: 0, l2: 0 },
    },
    weights: { ...(await artifacts.put(bytes)), tensors: [...tensors] },
  }
  const put = async (each: ModelManifest) => (await artifacts.put(Buffer.from(JSON.stringify(each)))).sha256
  const { families, tasks } = await loadCatalogue()
  const { tf } = await testTensorFlow()
  const formed = await withOnnxForm(manifest, { tf, artifacts, families, tasks })
  return { tensorflow: await put(manifest), onnx: await put(formed) }
}

/** Lets a process as a predictor's load, ask and unload a version. @returns what it held after the third time, and at the end */
export async function loadAndUnload(
  ask: Omit<LoadAndUnload, 'folder'>,
): Promise<{ before: Held; after: Held }> {
  const child = fork(entry, { env: predictorEnvironment(process.env) })
  child.send({ folder, ...ask } satisfies LoadAndUnload)
  const [figures] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => assert.fail(`it ended with ${code}`)),
  ])) as [{ before: Held; after: Held }]
  await once(child, 'exit')
  return figures
}
