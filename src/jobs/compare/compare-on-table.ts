import type { JobOutput, RunContext } from '../../contracts/job.js'
import type { ModelManifest } from '../../contracts/model-manifest.js'
import type { Table } from '../../contracts/table.js'
import { selectRows } from '../../datasets/select-rows.js'
import { rowsKeptOut } from '../../datasets/split-rows.js'
import { answeredClasses } from '../../evaluation/calibration/threshold.js'
import {
  betterOf,
  compareClasses,
  compareValues,
  type PairedTest,
} from '../../evaluation/comparison/compare-answers.js'
import { metricValues } from '../../evaluation/metric-values.js'
import { type StoredModel, scalarColumn } from '../../evaluation/stored-model.js'
import { openVersion } from '../evaluate/open-version.js'
import { refuseOtherTypes } from '../evaluate/refuse-other-types.js'
import type { Catalogue } from '../train/catalogue.js'
import type { CompareSpecification } from './request.js'

export interface CompareOptions {
  readonly specification: CompareSpecification
  readonly manifests: { readonly first: ModelManifest; readonly second: ModelManifest }
  readonly table: Table
  readonly catalogue: Catalogue
  readonly context: RunContext
}

/** Lets two versions answer the same rows; labels are those that predict would answer, thresholds included. */
export async function compareOnTable(options: CompareOptions): Promise<JobOutput> {
  const { manifests, table, context, catalogue } = options
  for (const manifest of [manifests.first, manifests.second]) refuseOtherTypes(table, manifest)
  const first = await openVersion(manifests.first, options)
  const second = await openVersion(manifests.second, options).catch((error: unknown) => {
    first.dispose()
    throw error
  })
  try {
    const { rows, unusable, learnt } = comparedRows(options, { first, second })
    context.signal.throwIfAborted()
    const part = selectRows(table, rows)
    const yTrue = first.truth(scalarColumn(part, manifests.first.target))
    const { task } = first
    const { units } = task.head(manifests.first.task.state)
    const outputs = { first: await first.answer(part), second: await second.answer(part) }
    const metricsOf = (which: 'first' | 'second') =>
      metricValues(task.metrics, catalogue.metrics, { yTrue, outputs: outputs[which], units }).values
    const classesOf = (which: 'first' | 'second') =>
      answeredClasses(
        { yTrue, outputs: outputs[which] },
        { units, threshold: manifests[which].calibration?.threshold },
      )
    const paired =
      task.kind === 'classification'
        ? compareClasses({ yTrue, first: classesOf('first'), second: classesOf('second') })
        : compareValues({ yTrue, ...outputs })
    const { model, with: other, dataset } = options.specification
    return {
      result: {
        model,
        with: other,
        dataset,
        rows: rows.length,
        leftOut: { learnt, unusable },
        metrics: { model: metricsOf('first'), with: metricsOf('second') },
        comparison: inWords(paired),
        better: { first: model, second: other, none: null }[betterOf(paired) ?? 'none'],
        reason: reasonOf(paired, { first: model, second: other, rows: rows.length }),
      },
    }
  } finally {
    first.dispose()
    second.dispose()
  }
}

/** The rows that both versions know the target of, without those that one has learnt from. */
function comparedRows(
  { specification, table }: CompareOptions,
  models: { first: StoredModel; second: StoredModel },
): { rows: Int32Array; unusable: number; learnt: number } {
  const truths = [models.first, models.second].map((model) => ({
    model,
    truth: model.truth(scalarColumn(table, model.manifest.target)),
  }))
  const all = Int32Array.from({ length: table.rows }, (_, row) => row)
  const usable = all.filter((row) => truths.every(({ truth }) => Number.isFinite(truth[row])))
  let rows = usable
  for (const { model, truth } of truths) {
    const { manifest, task } = model
    if (specification.rows === 'all' || manifest.dataset.name !== specification.snapshot.name) continue
    const strata =
      task.kind === 'classification' ? truth : truth.map((value) => (Number.isNaN(value) ? value : 0))
    const keptOut = new Set(rowsKeptOut(table, strata, manifest.split))
    rows = rows.filter((row) => keptOut.has(row))
  }
  return { rows, unusable: table.rows - usable.length, learnt: usable.length - rows.length }
}

/** The test under the names of the job's own fields. */
function inWords(paired: PairedTest): Record<string, unknown> {
  if (paired.test === 'paired-squared-errors') return { ...paired }
  const { onlyFirstRight, onlySecondRight, ...test } = paired
  return { ...test, onlyModelRight: onlyFirstRight, onlyWithRight: onlySecondRight }
}

function reasonOf(
  paired: PairedTest,
  { first, second, rows }: { first: string; second: string; rows: number },
): string {
  if (rows === 0) return 'there are no rows that neither version has learnt from'
  const better = betterOf(paired)
  const p = `p = ${paired.pValue.toPrecision(3)} on ${rows} rows`
  const figures =
    paired.test === 'mcnemar-exact'
      ? `${first} alone is right on ${paired.onlyFirstRight}, ${second} alone on ${paired.onlySecondRight}`
      : `the mean squared error of ${second} is ${Math.abs(paired.meanDifference).toPrecision(4)} ${paired.meanDifference < 0 ? 'lower' : 'higher'}`
  if (better === null) return `the difference may be chance: ${figures}, ${p}`
  return `${better === 'first' ? first : second} is better: ${figures}, ${p}`
}
