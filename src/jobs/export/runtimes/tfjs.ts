import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GraphModel, io, LayersModel, Tensor } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../contracts/family.js'
import type { WrittenModel } from '../describe/described-files.js'
import type { ExportRuntime } from '../format.js'
import { loadedModel } from '../tfjs/loaded-model.js'

/** What TensorFlow.js's own kernels in JavaScript do in some 20 s: 256 rows of that many operations each. */
const plainFlopsPerRow = 10_000_000

/** TensorFlow.js as npm has it; large networks are computed by TensorFlow's kernels under it. */
const runtime: ExportRuntime = {
  name: 'tfjs',
  async open({ folder, flopsPerRow, tensorflow }) {
    const tf = flopsPerRow <= plainFlopsPerRow ? await plain() : await tensorflow()
    const model = await loadedModel(tf, await artifactsIn(folder))
    const { model: written } = JSON.parse(await readFile(join(folder, 'transforms.json'), 'utf8')) as {
      model: WrittenModel
    }
    const { shape, name } = written.input
    return {
      runtime: `TensorFlow.js ${tf.version.tfjs}, backend ${tf.getBackend()}`,
      async ask({ rows, inputs }) {
        const x = tf.tensor(inputs[name] as Float32Array, [rows, ...shape], 'float32')
        const y = answerOf(tf, model, x)
        const values = (await y.data()) as Float32Array
        tf.dispose([x, y])
        return values
      },
    }
  },
}
export default runtime

async function plain(): Promise<TensorFlow> {
  const { default: tf } = (await import('@tensorflow/tfjs')) as unknown as { default: TensorFlow }
  tf.env().set('IS_TEST', true) // else it advertises its Node addon
  await tf.setBackend('cpu')
  return tf
}

const answerOf = (tf: TensorFlow, model: GraphModel | LayersModel, x: Tensor): Tensor =>
  tf.tidy(() => model.predict(x) as Tensor)

interface ModelJson extends io.ModelArtifacts {
  readonly weightsManifest: readonly { paths: string[]; weights: io.WeightsManifestEntry[] }[]
}

async function artifactsIn(folder: string): Promise<io.ModelArtifacts> {
  const { weightsManifest, ...model } = JSON.parse(
    await readFile(join(folder, 'model.json'), 'utf8'),
  ) as ModelJson
  const [group] = weightsManifest
  const weights = await readFile(join(folder, group?.paths[0] as string))
  return {
    ...model,
    weightSpecs: group?.weights ?? [],
    weightData: new Uint8Array(weights).buffer,
  }
}
