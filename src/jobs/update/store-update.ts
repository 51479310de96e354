import type { VersionDraft } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { selectRows } from '../../datasets/select-rows.js'
import { inOwnUnit } from '../../evaluation/evaluate.js'
import { type Examination, examine } from '../../evaluation/examine.js'
import type { Report } from '../../evaluation/report.js'
import { scalarColumn } from '../../evaluation/stored-model.js'
import { storeLearntFeedback } from '../../online/learnt-feedback.js'
import { withOnnxForm } from '../train/onnx-form.js'
import { storeManifest, storeTensors } from '../train/store-model.js'
import { trainingFigures } from '../train/training-figures.js'
import type { Update } from './update-run.js'

/** Stores a promoted challenger: its weights and optimizer state, its manifest, and a report as training writes it. */
export async function storeUpdate(update: Update): Promise<VersionDraft> {
  const { specification, servable, trained, verdict, context, rows, challenger, calibration } = update
  const { artifacts } = context
  const manifest: ModelManifest = {
    ...challenger.manifest,
    weights: await storeTensors(artifacts, trained.weights),
    optimizer: await storeTensors(artifacts, trained.optimizer),
    learntFeedback: await storeLearntFeedback(artifacts, rows.feedback),
  }
  const converted = await withOnnxForm(manifest, { tf: update.tf, artifacts, ...update.catalogue })
  const stored = await storeManifest(artifacts, converted)
  const { evaluation, ...parts } = await examineHoldout(update)
  const deploy = {
    alias: 'champion',
    move: true as const,
    expected: specification.champion.version,
    reason: verdict.reason,
    metrics: { holdout: verdict.holdout, newLabels: verdict.newLabels },
  }
  const { model, dataset } = specification
  const { target, task } = manifest
  const report: Report = {
    format: 1,
    model,
    dataset,
    task: task.name,
    target,
    evaluation,
    ...parts,
    ...(calibration === undefined ? {} : { calibration }),
    history: trained.history.map((epoch) => ({ ...epoch })),
    training: trainingFigures(trained, manifest.shapes),
    split: {
      training: rows.training.length,
      validation: rows.validation.length,
      test: rows.holdout.length,
      unusable: 0,
    },
    warnings: [...update.warnings],
    deploy,
    secondsByStage: { train: update.trainSeconds },
  }
  const reportBlob = await artifacts.put(Buffer.from(JSON.stringify(report)))
  const { name, version } = specification.snapshot
  return {
    model,
    task: task.name,
    target,
    classes: servable.signature.classes,
    dataset: { name, version },
    parent: specification.champion.version,
    sha256: stored.sha256,
    blobs: [...stored.blobs, reportBlob.sha256],
    sizeBytes: stored.sizeBytes + reportBlob.sizeBytes,
    metrics: evaluation.metrics,
    reportSha256: reportBlob.sha256,
    deploy,
  }
}

function examineHoldout({
  servable,
  challenger,
  table,
  rows,
  catalogue,
  context,
}: Update): Promise<Examination> {
  const { manifest, task } = servable
  const { state } = manifest.task
  const targets = task.encode(scalarColumn(table, manifest.target), state)
  const learnt = new Set(rows.training)
  const replayed = rows.original.filter((_, index) => learnt.has(index))
  const known = Float64Array.from(replayed, (row) => targets[row] as number)
  return examine(challenger, {
    table: selectRows(table, rows.holdout),
    metrics: catalogue.metrics,
    signal: context.signal,
    known: { targets: inOwnUnit(known, task.head(state).scale), of: 'the replayed rows' },
  })
}
