import type { Compressed, CompressionSource } from '../../compression/method.js'
import type { JobOutput } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import { selectRows, sizeOfShape } from '../../datasets/select-rows.js'
import { inOwnUnit } from '../../evaluation/evaluate.js'
import { type Examination, examine } from '../../evaluation/examine.js'
import type { Report } from '../../evaluation/report.js'
import { withColumns } from '../../evaluation/stored-model.js'
import { sizeOfVersion, storeManifest } from '../train/store-model.js'
import { timed } from '../train/timed.js'
import { numbersOfRow } from '../train/training-figures.js'
import { deployOf } from './accept.js'
import type { Child } from './child.js'
import type { CompressOptions } from './compress-table.js'
import { sideBySide } from './side-by-side.js'

export interface PublishOptions extends CompressOptions {
  readonly compressed: Compressed
  readonly source: CompressionSource
  readonly seconds: Record<string, number>
}

/** Judges a compressed version on the test rows, beside its parent, and stores it with a report. */
export async function publishChild(child: Child, options: PublishOptions): Promise<JobOutput> {
  const { specification, parent, catalogue, context, compressed, source, seconds } = options
  const { manifest } = child.model
  const stored = await storeManifest(context.artifacts, manifest)
  const { evaluation, ...parts } = await timed(seconds, 'evaluate', () => examineTestRows(child, options))
  const compression = await timed(seconds, 'compare', () =>
    sideBySide(child.model, {
      specification,
      details: child.details,
      source,
      catalogue,
      sizeBytes: { parent: sizeOfVersion(parent.manifest), child: stored.sizeBytes },
    }),
  )
  const deploy = deployOf(specification, compression.accept)
  const { name, version } = specification.snapshot
  const [model = ''] = specification.model.split('@')
  const { task, target } = manifest
  const report: Report = {
    format: 1,
    model,
    dataset: `${name}@${version}`,
    task: task.name,
    target,
    evaluation,
    ...parts,
    ...(child.calibration === undefined ? {} : { calibration: child.calibration }),
    compression,
    history: ('trained' in compressed ? (compressed.trained?.history ?? []) : []).map((epoch) => ({
      ...epoch,
    })),
    training: trainingFiguresOf(compressed, manifest),
    split: {
      training: source.rows.training.length,
      validation: source.rows.validation.length,
      test: source.rows.test.length,
      unusable: source.targets.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0),
    },
    warnings: 'warnings' in compressed ? [...(compressed.warnings ?? [])] : [],
    deploy,
    secondsByStage: seconds,
  }
  const { sha256, sizeBytes } = await context.artifacts.put(Buffer.from(JSON.stringify(report)))
  return {
    result: { sha256: stored.sha256, metrics: evaluation.metrics, compression },
    version: {
      model,
      task: task.name,
      target,
      classes: parent.signature.classes,
      dataset: { name, version },
      parent: Number(specification.model.split('@')[1]),
      sha256: stored.sha256,
      blobs: [...stored.blobs, sha256],
      sizeBytes: stored.sizeBytes + sizeBytes,
      metrics: evaluation.metrics,
      reportSha256: sha256,
      deploy,
    },
  }
}

/** Zero steps where nothing was trained. */
function trainingFiguresOf(compressed: Compressed, manifest: ModelManifest): Report['training'] {
  const trained = 'trained' in compressed ? compressed.trained : undefined
  const { weights } = manifest
  return {
    steps: trained?.stepsRun ?? 0,
    epochs: trained?.history.length ?? 0,
    bestEpoch: trained?.bestEpoch ?? null,
    bestWeightsRestored: trained?.bestWeightsRestored ?? false,
    stoppedEarly: trained?.stoppedEarly ?? false,
    ...(trained === undefined ? {} : { executor: trained.executor, executorReason: trained.executorReason }),
    parameters: (weights?.tensors ?? []).reduce((sum, { shape }) => sum + sizeOfShape(shape), 0),
    networkInputs: numbersOfRow(manifest.shapes.inputs),
  }
}

function examineTestRows(
  { model }: Child,
  { source, catalogue, context }: PublishOptions,
): Promise<Examination> {
  const { rows, table, targets, head } = source
  const known = Float64Array.from(rows.training, (row) => targets[row] as number)
  const { features, target } = model.manifest
  return examine(model, {
    table: selectRows(withColumns(table, [...features, target]), rows.test),
    metrics: catalogue.metrics,
    known: { targets: inOwnUnit(known, head.scale), of: 'the training rows' },
    signal: context.signal,
  })
}
