import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Shapes } from '../../../contracts/family.js'
import type { Head } from '../../../contracts/task.js'
import { loadNetwork, runNetwork } from '../../../training/network.js'
import { loadCatalogue, named } from '../../train/catalogue.js'
import type { ExportRuntime } from '../format.js'
import type { NetworkConfig } from '../safetensors/network-config.js'
import { decodeSafetensors } from '../safetensors/safetensors.js'

/** The format is of weights alone: the network is built anew from what stands beside them, and given those. */
const runtime: ExportRuntime = {
  name: 'safetensors',
  async open({ folder, tensorflow }) {
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as NetworkConfig
    const { tensors } = decodeSafetensors(await readFile(join(folder, 'model.safetensors')))
    const { families } = await loadCatalogue()
    const tf = await tensorflow()
    const model = loadNetwork({
      tf,
      family: named(families, config.family, 'family'),
      manifest: {
        family: { name: config.family, hyperparameters: config.hyperparameters },
        seed: config.seed,
        shapes: config.shapes as Shapes as never,
        weights: {
          sha256: '',
          sizeBytes: 0,
          tensors: tensors.map(({ name, shape, dtype }) => ({ name, shape: [...shape], dtype })),
        },
      },
      bytes: Buffer.concat(tensors.map(({ bytes }) => bytes)),
    })
    const { multiply, add } = config.head.scale ?? { multiply: 1, add: 0 }
    const head = config.head as Head
    return {
      runtime: `Flywheel’s ${config.family} on TensorFlow`,
      async ask({ rows, inputs }) {
        const [features] = Object.values(inputs)
        const outputs = runNetwork({ tf, model, head, features: features as Float32Array, rows })
        return outputs.map((value) => value * multiply + add)
      },
    }
  },
}
export default runtime
