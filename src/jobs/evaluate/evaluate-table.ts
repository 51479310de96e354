import type { JobOutput, RunContext } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Table } from '../../contracts/table.js'
import { selectRows } from '../../datasets/select-rows.js'
import { examine } from '../../evaluation/examine.js'
import type { EvaluationReport } from '../../evaluation/report.js'
import { scalarColumn, withColumns } from '../../evaluation/stored-model.js'
import type { Catalogue } from '../train/catalogue.js'
import { openVersion } from './open-version.js'
import { refuseOtherTypes } from './refuse-other-types.js'
import type { EvaluateSpecification } from './request.js'

/** Scores a version on the rows of a table whose target it can tell, and stores the report. */
export async function evaluateTable({
  specification,
  manifest,
  table,
  catalogue,
  context,
}: {
  readonly specification: EvaluateSpecification
  readonly manifest: ModelManifest
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
}): Promise<JobOutput> {
  const stored = await openVersion(manifest, { context, catalogue })
  try {
    refuseOtherTypes(table, manifest)
    const truth = stored.truth(scalarColumn(table, manifest.target))
    const rows = Int32Array.from(truth, (_, row) => row).filter((row) => Number.isFinite(truth[row]))
    context.signal.throwIfAborted()
    const { evaluation, ...parts } = await examine(stored, {
      table: selectRows(table, rows),
      beside: selectRows(withColumns(table, specification.sliceBy ?? []), rows),
      types: new Map(specification.snapshot.columns.map(({ name, type }) => [name, type])),
      metrics: catalogue.metrics,
      known: { targets: Float64Array.from(rows, (row) => truth[row] as number), of: 'these rows' },
      signal: context.signal,
    })
    const head = {
      format: 1 as const,
      model: specification.model,
      dataset: specification.dataset,
      task: manifest.task.name,
      target: manifest.target,
      unusable: table.rows - rows.length,
    }
    const report: EvaluationReport = { ...head, evaluation, ...parts }
    const { sha256 } = await context.artifacts.put(Buffer.from(JSON.stringify(report)))
    const [model = '', version] = specification.model.split('@')
    const { dataset } = specification
    return {
      result: { ...head, evaluation, reportSha256: sha256 },
      evaluation: { model, version: Number(version), dataset, reportSha256: sha256 },
    }
  } finally {
    stored.dispose()
  }
}
