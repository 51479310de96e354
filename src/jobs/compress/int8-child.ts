import type { CompressionSource, Int8Form } from '../../compression/method.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { TensorFlow } from '../../contracts/family.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { putStored } from '../../contracts/stored-blob.js'
import type { Table } from '../../contracts/table.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { openCalibrated } from '../../evaluation/calibration/calibrate-version.js'
import { answeringModel, type StoredModel } from '../../evaluation/stored-model.js'
import { encodeModel } from '../../onnx/model-proto.js'
import type { Executor } from '../../serving/predictor/executor.js'
import { onnxExecutor } from '../../serving/predictor/onnx-executor.js'
import { orDispose } from '../../serving/predictor/or-dispose.js'
import type { Catalogue } from '../train/catalogue.js'
import { checkedForm, checkedRows, largestDifference } from '../train/onnx-form.js'
import { timed } from '../train/timed.js'
import type { Child } from './child.js'

interface Int8Options {
  readonly form: Int8Form
  readonly tf: TensorFlow
  readonly source: CompressionSource
  readonly catalogue: Catalogue
  readonly validation: Table
  readonly seconds: Record<string, number>
}

/** An ONNX form with integers, open. */
interface Opened {
  readonly bytes: Uint8Array
  readonly executor: Executor
  readonly largestDifference: number
  readonly details: Child['details']
}

/**
 * Makes the ONNX form that computes with integers, lets the validation rows choose the calibration of what that answers,
 * and stores it with it.
 *
 * @param manifest of stored weights
 */
export async function openInt8(manifest: ModelManifest, options: Int8Options): Promise<Child> {
  const { form, source, catalogue, validation, seconds } = options
  // The temperature of a calibration is part of the form: with one, the last form that was opened is another.
  let last: Opened | undefined
  const open = async (described: ModelManifest): Promise<StoredModel> => {
    last = await openForm(described, options)
    return answeringModel(last.executor, { manifest: described, ...catalogue })
  }
  const { model, report } = await timed(seconds, 'calibrate', () =>
    openCalibrated(manifest, { open, parts: [validation], metrics: catalogue.metrics }),
  )
  const { bytes, details, ...made } = last as unknown as Opened
  const { mode, reducedRange } = form
  const onnx = {
    ...(await orDispose(model, () => putStored(source.context.artifacts, bytes))),
    largestDifference: made.largestDifference,
    int8: { mode, reducedRange },
  }
  return {
    model: { ...model, manifest: { ...model.manifest, onnx } },
    calibration: report,
    details: { ...details, largestDifference: onnx.largestDifference },
  }
}

async function openForm(
  manifest: ModelManifest,
  { form, tf, source, catalogue }: Int8Options,
): Promise<Opened> {
  const { artifacts } = source.context
  const floats = await checkedForm(manifest, { tf, artifacts, ...catalogue })
  if ('reason' in floats) {
    throw new FlywheelError(
      'job-failed',
      `The version has no ONNX form to compute with integers: ${floats.reason}`,
    )
  }
  const { model, details } = await form.quantise(floats.model)
  const bytes = encodeModel(model)
  const { shapes } = manifest
  const shape = shapes.inputs[0]?.shape ?? []
  const reference = await onnxExecutor({ bytes: floats.bytes, shape, units: shapes.units })
  try {
    const opened = await onnxExecutor({ bytes, shape, units: shapes.units, int8: form })
    return await orDispose(opened, async (executor) => {
      const width = sizeOfShape(shape)
      const rows = Math.min(checkedRows, form.features.length / width)
      const features = form.features.subarray(0, rows * width)
      const [expected, received] = [await reference.run(features, rows), await executor.run(features, rows)]
      return { bytes, executor, details, largestDifference: largestDifference(expected, received) }
    })
  } finally {
    reference.dispose()
  }
}
