import type { Compressed, CompressedNetwork, CompressionSource } from '../../compression/method.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { copyRows } from '../../datasets/select-rows.js'
import { openCalibrated } from '../../evaluation/calibration/calibrate-version.js'
import type { CalibrationReport } from '../../evaluation/report/calibration-schema.js'
import { openStoredModel, type StoredModel, withColumns } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { withOnnxForm } from '../train/onnx-form.js'
import { storeTensors } from '../train/store-model.js'
import { timed } from '../train/timed.js'
import { openInt8 } from './int8-child.js'

/** A compressed version before it is judged. */
export interface Child {
  /** Its manifest is complete. The caller disposes of it. */
  readonly model: StoredModel
  readonly calibration: CalibrationReport | undefined
  /** What the report says of how it was made. */
  readonly details: Compressed['details']
}

/** Stores what a method has left, lets the validation rows choose its calibration, and converts it to ONNX. */
export async function openChild(
  compressed: Compressed,
  options: {
    readonly source: CompressionSource
    readonly catalogue: Catalogue
    readonly seconds: Record<string, number>
  },
): Promise<Child> {
  const { source, catalogue, seconds } = options
  const { artifacts } = source.context
  const tf = await source.tensorflow()
  const manifest = await networkManifest(compressed, source)
  const { weights, int8, details } = compressed
  const validation = copyRows(
    withColumns(source.table, [...manifest.features, manifest.target]),
    source.rows.validation,
  )
  if (int8 !== undefined) {
    const made = await openInt8(manifest, { ...options, tf, form: int8, validation })
    return { ...made, details: { ...details, ...made.details } }
  }
  const { model, report } = await timed(seconds, 'calibrate', () =>
    openCalibrated(manifest, {
      open: (described) => openStoredModel({ tf, manifest: described, weights: weights.bytes, ...catalogue }),
      parts: [validation],
      metrics: catalogue.metrics,
    }),
  )
  try {
    const converted = await timed(seconds, 'convert', () =>
      withOnnxForm(model.manifest, { tf, artifacts, ...catalogue }),
    )
    return { model: { ...model, manifest: converted }, calibration: report, details }
  } catch (error) {
    model.dispose()
    throw error
  }
}

/** Other weights answer otherwise: the parent's calibration and ONNX form are none of theirs. */
async function networkManifest(
  { weights, optimizer, network, sparsity }: CompressedNetwork,
  { parent, context: { artifacts } }: CompressionSource,
): Promise<ModelManifest> {
  const { calibration: _, onnx: __, sparsity: ___, ...described } = parent
  const own =
    network === undefined
      ? {}
      : {
          family: { name: network.family, hyperparameters: network.hyperparameters },
          seed: network.seed,
          shapes: {
            inputs: [{ ...network.input, shape: [...network.input.shape] }],
            units: parent.shapes.units,
          },
        }
  return {
    ...described,
    ...own,
    ...(sparsity === undefined ? {} : { sparsity }),
    weights: await storeTensors(artifacts, weights),
    optimizer: optimizer && (await storeTensors(artifacts, optimizer)),
  }
}
