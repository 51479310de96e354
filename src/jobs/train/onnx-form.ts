import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Artifacts } from '../../contracts/job.js'
import { type ModelManifest, weightsOf } from '../../contracts/model-manifest.js'
import { putStored, readStored } from '../../contracts/stored-blob.js'
import type { Task } from '../../contracts/task.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { servedHead } from '../../evaluation/calibration/served-head.js'
import { withHalfConstants } from '../../onnx/half-constants.js'
import { encodeModel, type OnnxModel } from '../../onnx/model-proto.js'
import { orDispose } from '../../serving/predictor/or-dispose.js'
import { loadNetwork } from '../../training/network.js'
import { onnxModel } from '../../training/onnx-model.js'
import { openNetwork } from '../../training/open-network.js'
import { named } from './catalogue.js'

/** An ONNX form and its version are asked so many rows. */
export const checkedRows = 256
const tolerance = 1e-5

interface FormOptions {
  readonly tf: TensorFlow
  readonly artifacts: Artifacts
  readonly families: ReadonlyMap<string, Family>
  readonly tasks: ReadonlyMap<string, Task>
}

/** An ONNX form that answers as TensorFlow does. */
interface CheckedForm {
  readonly model: OnnxModel
  readonly bytes: Uint8Array
  /** On the rows that were compared, relative to answers above 1. */
  readonly largestDifference: number
}

/**
 * Stores a version's ONNX form beside its weights. Where there is none, or it answers otherwise, the manifest says why.
 *
 * @param manifest of stored weights, with its calibration
 */
export async function withOnnxForm(manifest: ModelManifest, options: FormOptions): Promise<ModelManifest> {
  const made = await checkedForm(manifest, options)
  if ('reason' in made) return { ...manifest, onnx: made }
  const { bytes, largestDifference } = made
  return { ...manifest, onnx: { ...(await putStored(options.artifacts, bytes)), largestDifference } }
}

/**
 * A version's ONNX form, checked in ONNX Runtime against TensorFlow on 256 rows: within 1e-5, relative to answers above 1.
 *
 * @param manifest of stored weights, with its calibration
 */
export async function checkedForm(
  manifest: ModelManifest,
  options: FormOptions,
): Promise<CheckedForm | { readonly reason: string }> {
  const { tf, artifacts } = options
  const family = named(options.families, manifest.family.name, 'family')
  const head = servedHead(named(options.tasks, manifest.task.name, 'task'), manifest)
  const weights = weightsOf(manifest, 'to be converted to ONNX')
  const model = loadNetwork({ tf, family, manifest, bytes: await readStored(artifacts, weights) })
  const made = await orDispose(model, () => onnxModel({ tf, model, head }))
  if ('reason' in made) {
    model.dispose()
    return made
  }
  const isHalf = weights.tensors.some(({ dtype }) => dtype === 'float16')
  const bytes = encodeModel(isHalf ? withHalfConstants(made.onnx) : made.onnx)
  const { onnxExecutor } = await import('../../serving/predictor/onnx-executor.js')
  const { shape, tokens } = manifest.shapes.inputs[0] as ModelManifest['shapes']['inputs'][number]
  const network = openNetwork({ tf, model, head })
  const executor = await orDispose(network, () => onnxExecutor({ bytes, shape, units: head.units }))
  try {
    const rows = someRows(checkedRows * sizeOfShape(shape), tokens)
    const [own, other] = [await network.run(rows, checkedRows), await executor.run(rows, checkedRows)]
    const difference = largestDifference(own, other)
    if (difference > tolerance) {
      return { reason: `The ONNX form answers ${checkedRows} rows otherwise, by up to ${difference}` }
    }
    return { model: made.onnx, bytes, largestDifference: difference }
  } finally {
    network.dispose()
    executor.dispose()
  }
}

/** Relative to answers above 1; infinite where one is no number. */
export function largestDifference(expected: Float32Array, received: Float32Array): number {
  return expected.reduce((largest, value, i) => {
    const difference = Math.abs(value - (received[i] as number)) / Math.max(1, Math.abs(value))
    return Math.max(largest, Number.isNaN(difference) ? Infinity : difference)
  }, 0)
}

/** Numbers of many sizes around 0, as they are after the usual transforms, or ids of tokens; the same at each time. */
function someRows(length: number, tokens: number | undefined): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const value = 2 * Math.sin(i * i + 1)
    return tokens === undefined ? value : Math.floor(((value + 2) / 4) * tokens) % tokens
  })
}
