import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Artifacts } from '../../contracts/job.js'
import { type ModelManifest, type OnnxForm, weightsOf } from '../../contracts/model-manifest.js'
import { putStored, readStored } from '../../contracts/stored-blob.js'
import type { Task } from '../../contracts/task.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import { withHalfConstants } from '../../onnx/half-constants.js'
import { encodeModel } from '../../onnx/model-proto.js'
import { loadNetwork } from '../../training/network.js'
import { onnxModel } from '../../training/onnx-model.js'
import { openNetwork } from '../../training/open-network.js'
import { named } from './catalogue.js'

const checkedRows = 256
const tolerance = 1e-5

interface FormOptions {
  readonly tf: TensorFlow
  readonly artifacts: Artifacts
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
}

/**
 * Stores a version's ONNX form beside its weights, checked in ONNX Runtime against TensorFlow on 256 rows: within 1e-5,
 * relative to answers above 1. Where there is none, or it answers otherwise, the manifest says why.
 *
 * @param manifest of stored weights, with its calibration
 */
export async function withOnnxForm(manifest: ModelManifest, options: FormOptions): Promise<ModelManifest> {
  return { ...manifest, onnx: await onnxForm(manifest, options) }
}

async function onnxForm(manifest: ModelManifest, options: FormOptions): Promise<OnnxForm> {
  const { tf, artifacts } = options
  const family = named(options.families, manifest.family.name, 'family')
  const head = servedHead(named(options.tasks, manifest.task.name, 'task'), manifest)
  const weights = weightsOf(manifest, 'to be converted to ONNX')
  const bytes = await readStored(artifacts, weights)
  const model = loadNetwork({ tf, family, manifest, bytes })
  const made = onnxModel({ tf, model, head })
  if ('reason' in made) {
    model.dispose()
    return made
  }
  const isHalf = weights.tensors.some(({ dtype }) => dtype === 'float16')
  const onnx = encodeModel(isHalf ? withHalfConstants(made.onnx) : made.onnx)
  const { onnxExecutor } = await import('../../serving/predictor/onnx-executor.js')
  const { shape, tokens } = manifest.shapes.inputs[0] as ModelManifest['shapes']['inputs'][number]
  const network = openNetwork({ tf, model, head })
  const executor = await onnxExecutor({ bytes: onnx, shape, units: head.units })
  try {
    const rows = someRows(checkedRows * sizeOfShape(shape), tokens)
    const [own, other] = [await network.run(rows, checkedRows), await executor.run(rows, checkedRows)]
    const largestDifference = own.reduce((largest, value, i) => {
      const difference = Math.abs(value - (other[i] as number)) / Math.max(1, Math.abs(value))
      return Math.max(largest, Number.isNaN(difference) ? Infinity : difference)
    }, 0)
    if (largestDifference > tolerance) {
      return { reason: `The ONNX form answers ${checkedRows} rows otherwise, by up to ${largestDifference}` }
    }
    return { ...(await putStored(artifacts, onnx)), largestDifference }
  } finally {
    network.dispose()
    executor.dispose()
  }
}

/** Numbers of many sizes around 0, as they are after the usual transforms, or ids of tokens; the same at each time. */
function someRows(length: number, tokens: number | undefined): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const value = 2 * Math.sin(i * i + 1)
    return tokens === undefined ? value : Math.floor(((value + 2) / 4) * tokens) % tokens
  })
}
