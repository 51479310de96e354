import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Table } from '../../contracts/table.js'
import type { Metrics } from '../catalogue.js'
import { joinValues } from '../join-values.js'
import type { CalibrationReport } from '../report/calibration-schema.js'
import { type StoredModel, scalarColumn } from '../stored-model.js'
import { calibrate } from './calibrate.js'
import { costsOf } from './costs-of.js'

export interface CalibratedModel {
  /** Its manifest holds the calibration. The caller disposes of it. */
  readonly model: StoredModel
  /** Absent without validation rows. */
  readonly report?: CalibrationReport
}

/**
 * Opens a version, lets its validation rows choose its calibration, and gives it that.
 *
 * @param manifest without a calibration
 * @param options.parts the validation rows, with features and target
 */
export async function openCalibrated(
  manifest: ModelManifest,
  options: {
    readonly open: (manifest: ModelManifest) => StoredModel | Promise<StoredModel>
    readonly parts: readonly Table[]
    readonly metrics: Metrics
  },
): Promise<CalibratedModel> {
  const plain = await options.open(manifest)
  try {
    const chosen = await chooseCalibration(plain, options)
    if (chosen === null) return { model: plain }
    const { calibration, report } = chosen
    const calibrated = { ...manifest, calibration }
    if (calibration.temperature === undefined) return { model: { ...plain, manifest: calibrated }, report }
    const model = await options.open(calibrated)
    plain.dispose()
    return { model, report }
  } catch (error) {
    plain.dispose()
    throw error
  }
}

async function chooseCalibration(
  { manifest, task, truth, answer }: StoredModel,
  { parts, metrics }: { readonly parts: readonly Table[]; readonly metrics: Metrics },
): Promise<ReturnType<typeof calibrate>> {
  const targets: Float64Array[] = []
  const answers: Float64Array[] = []
  for (const part of parts) {
    if (part.rows === 0) continue
    targets.push(truth(scalarColumn(part, manifest.target)))
    answers.push(await answer(part))
  }
  const { state } = manifest.task
  return calibrate({
    scored: { yTrue: joinValues(targets), outputs: joinValues(answers) },
    units: task.head(state).units,
    classes: task.classes(state),
    costs: costsOf(manifest),
    metrics,
  })
}
