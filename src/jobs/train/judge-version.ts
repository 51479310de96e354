import { FlywheelError } from '../../contracts/errors.js'
import type { JobOutput, RunContext } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import { selectRows } from '../../datasets/select-rows.js'
import { inOwnUnit } from '../../evaluation/evaluate.js'
import { type Examination, examine } from '../../evaluation/examine.js'
import type { Report } from '../../evaluation/report.js'
import { type StoredModel, withColumns } from '../../evaluation/stored-model.js'
import { readManifest } from '../../serving/servable.js'
import { openVersion } from '../evaluate/open-version.js'
import type { Catalogue } from './catalogue.js'
import { decideDeploy } from './decide-deploy.js'
import { columnsOf, type FittedVersion } from './fit-version.js'
import { withOnnxForm } from './onnx-form.js'
import type { FittedData } from './prepare-data.js'
import type { TrainSpecification } from './request.js'
import { usualSplit } from './resolve-split.js'
import { splitFigures } from './split-figures.js'
import { storeManifest } from './store-model.js'
import { timed } from './timed.js'

/** Parts of the report that are made of a job's children. */
export interface Attachment {
  readonly report: Pick<Report, 'crossValidation' | 'learningCurve' | 'search'>
  /** The same in short, for the job's result. */
  readonly result: Readonly<Record<string, unknown>>
  /** Files that stay with the version. */
  readonly blobs: readonly { readonly sha256: string; readonly sizeBytes: number }[]
}

export interface JudgeOptions {
  readonly specification: TrainSpecification
  /** Features of the new version, those of the champion that the dataset has, and the target. */
  readonly table: Table
  /** The champion's manifest's hash; null when there is none to compare with. */
  readonly champion: string | null
  readonly catalogue: Catalogue
  readonly context: RunContext
  readonly seconds: Record<string, number>
  /** Called when the version has answered the test rows. */
  readonly attach?: (fitted: FittedVersion) => Promise<Attachment>
}

/** Judges a version on the rows kept out, stores it, and decides about its deployment. The version is closed. */
export async function judgeVersion(fitted: FittedVersion, options: JudgeOptions): Promise<JobOutput> {
  const { specification, table, catalogue, context, seconds, attach } = options
  const { tf, data, model: challenger, calibration, warnings } = fitted
  let champion: StoredModel | null = null
  try {
    const manifest = await timed(seconds, 'convert', () =>
      withOnnxForm(challenger.manifest, { tf, artifacts: context.artifacts, ...catalogue }),
    )
    const stored = await storeManifest(context.artifacts, manifest)
    champion = options.champion === null ? null : await openChampion(options.champion, options)
    const { evaluation, ...parts } = await timed(seconds, 'evaluate', () =>
      examineTestRows(challenger, { ...options, data }),
    )
    const deploy = await decideDeploy({
      specification,
      champion,
      challenger,
      table,
      testRows: data.split.test,
      metrics: catalogue.metrics,
    })
    const attached = await attach?.(fitted)
    const split = splitFigures(data.split, {
      ...(specification.evaluation.split ?? usualSplit(data.task)),
      table,
      columns: specification.snapshot.columns,
    })
    const { snapshot } = specification
    const report: Report = {
      format: 1,
      model: specification.model,
      dataset: specification.dataset,
      task: specification.task,
      target: specification.target,
      evaluation,
      ...parts,
      ...attached?.report,
      ...(calibration === undefined ? {} : { calibration }),
      history: fitted.history,
      training: fitted.training,
      split,
      rowChanges: [...data.chain.training.changes],
      warnings,
      findings: [...(snapshot.findings ?? []), ...specification.targetFindings],
      deploy,
      secondsByStage: seconds,
    }
    const stamp = await context.artifacts.put(Buffer.from(JSON.stringify(report)))
    const files = [stamp, ...(attached?.blobs ?? [])]
    return {
      result: {
        model: specification.model,
        sha256: stored.sha256,
        metrics: evaluation.metrics,
        baseline: evaluation.baseline,
        ...attached?.result,
        rows: split,
        rowChanges: data.chain.training.changes,
        training: fitted.training,
        deployed: { alias: deploy.alias, moved: deploy.move, reason: deploy.reason, metrics: deploy.metrics },
      },
      version: {
        model: specification.model,
        task: specification.task,
        target: specification.target,
        classes: data.task.classes(data.state),
        dataset: { name: snapshot.name, version: snapshot.version },
        parent: null,
        sha256: stored.sha256,
        blobs: [...stored.blobs, ...files.map(({ sha256 }) => sha256)],
        sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, stored.sizeBytes),
        metrics: evaluation.metrics,
        reportSha256: stamp.sha256,
        deploy,
      },
    }
  } finally {
    challenger.dispose()
    champion?.dispose()
  }
}

/** Null, with a warning, when it is gone or damaged by now: the new version is published all the same. */
async function openChampion(
  sha256: string,
  { context, catalogue }: JudgeOptions,
): Promise<StoredModel | null> {
  try {
    const manifest = readManifest(await context.artifacts.read(sha256))
    return await openVersion(manifest, { context, catalogue })
  } catch (error) {
    if (!(error instanceof FlywheelError)) throw error
    context.event('warning', { code: 'champion-unreadable', detail: error.message, remedy: error.remedy })
    return null
  }
}

function examineTestRows(
  model: StoredModel,
  { specification, table, data, catalogue, context }: JudgeOptions & { readonly data: FittedData },
): Promise<Examination> {
  const { head, split, targets } = data
  const training = new Float64Array(split.training.length)
  for (const [at, row] of split.training.entries()) training[at] = targets[row] as number
  return examine(model, {
    table: selectRows(columnsOf(model.manifest, table), split.test),
    beside: selectRows(withColumns(table, specification.evaluation.sliceBy ?? []), split.test),
    metrics: catalogue.metrics,
    known: { targets: inOwnUnit(training, head.scale), of: 'the training rows' },
    signal: context.signal,
  })
}
