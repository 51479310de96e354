import { kindOfType } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { DeployRequest } from '../../contracts/job.js'
import type { Table } from '../../contracts/table.js'
import type { Task } from '../../contracts/task.js'
import { selectRows } from '../../datasets/select-rows.js'
import { rowsKeptOut } from '../../datasets/split-rows.js'
import type { Metrics } from '../../evaluation/catalogue.js'
import { type StoredModel, scalarColumn } from '../../evaluation/stored-model.js'
import type { TrainSpecification } from './request.js'

/** Fewer common test rows than this can not tell two versions apart. */
const MIN_COMMON_ROWS = 30

export interface DeployOptions {
  readonly specification: TrainSpecification
  /** The alias's version when the job was submitted; null when there was none, or it can't be read any more. */
  readonly champion: StoredModel | null
  readonly challenger: StoredModel
  /** In the dataset's columns: those of both models, and the target. */
  readonly table: Table
  /** The challenger's. */
  readonly testRows: Int32Array
  readonly metrics: Metrics
}

/**
 * Decides whether the alias moves to the new version. "better": both answer the new job's test rows that neither was
 * trained on, and the task's first metric is not worse for the new one.
 */
export async function decideDeploy(options: DeployOptions): Promise<DeployRequest> {
  const { specification, champion } = options
  const { alias, when } = specification.deploy
  const stays = (reason: string, metrics: DeployRequest['metrics'] = null): DeployRequest => ({
    alias,
    move: false,
    reason,
    metrics,
  })
  if (when === 'never') return stays('deploy.when is "never"')
  if (when === 'always') {
    return { alias, move: true, expected: 'any', reason: 'deploy.when is "always"', metrics: null }
  }
  if (specification.champion === null) {
    return { alias, move: true, expected: null, reason: `there was no ${alias} before`, metrics: null }
  }
  const { version } = specification.champion
  if (champion === null) return stays(`version ${version} can not be read`)
  const difference = differenceBetween(champion, options)
  if (difference !== null) return stays(`not comparable with version ${version}: ${difference}`)
  const rows = commonTestRows(champion, options)
  if (rows.length < MIN_COMMON_ROWS) {
    return stays(
      `${rows.length} test rows are new to both versions; it takes ${MIN_COMMON_ROWS} to compare`,
      {
        commonRows: rows.length,
      },
    )
  }
  try {
    return await compared(champion, rows, options)
  } catch (error) {
    if (error instanceof FlywheelError && error.code === 'instances-invalid') {
      return stays(`version ${version} can not answer the test rows: ${error.message}`)
    }
    throw error
  }
}

/** Why two versions can't be compared, or null. */
function differenceBetween(
  champion: StoredModel,
  { specification, challenger, table }: DeployOptions,
): string | null {
  const { manifest, task } = champion
  if (task.name !== specification.task) return `its task is ${task.name}`
  if (manifest.target !== specification.target) return `its target is ${manifest.target}`
  const classesOf = (model: StoredModel) => JSON.stringify(model.task.classes(model.manifest.task.state))
  if (classesOf(champion) !== classesOf(challenger)) return 'it has other classes'
  const kinds = new Map(table.columns.map(({ name, kind }) => [name, kind]))
  const types = new Map(manifest.columns.map(({ name, type }) => [name, type]))
  const unlike = manifest.features.find((name) => kinds.get(name) !== kindOfType(types.get(name) ?? 'number'))
  return unlike === undefined ? null : `its feature ${unlike} is not in the dataset, or of another type`
}

/** The challenger's test rows that the champion was not trained on either. */
function commonTestRows(champion: StoredModel, { table, testRows }: DeployOptions): Int32Array {
  const { manifest, task } = champion
  const truth = champion.truth(scalarColumn(table, manifest.target))
  const strata =
    task.kind === 'classification' ? truth : truth.map((value) => (Number.isNaN(value) ? value : 0))
  const isKeptOut = new Uint8Array(table.rows)
  for (const row of rowsKeptOut(table, strata, manifest.split)) isKeptOut[row] = 1
  return testRows.filter((row) => isKeptOut[row] === 1)
}

async function compared(
  champion: StoredModel,
  rows: Int32Array,
  options: DeployOptions,
): Promise<DeployRequest> {
  const { specification, challenger, metrics } = options
  const { alias } = specification.deploy
  const expected = specification.champion?.version ?? null
  const table = selectRows(options.table, rows)
  const yTrue = challenger.truth(scalarColumn(table, specification.target))
  const name = challenger.task.metrics[0] as string
  const metric = metrics.get(name)
  if (metric === undefined) throw new Error(`there is no metric ${name}`)
  const score = async (model: StoredModel) =>
    metric.compute({ yTrue, outputs: await model.answer(table), units: unitsOf(model.task, model) }).value
  const figures = {
    metric: name,
    rows: rows.length,
    champion: await score(champion),
    challenger: await score(challenger),
  }
  const sign = metric.direction === 'maximise' ? 1 : -1
  const isWorse =
    figures.champion !== null &&
    (figures.challenger === null || sign * figures.challenger < sign * figures.champion)
  const words = `${name} ${shown(figures.challenger)} against ${shown(figures.champion)} of version ${expected} on ${rows.length} rows`
  if (isWorse) return { alias, move: false, reason: `worse: ${words}`, metrics: figures }
  return { alias, move: true, expected, reason: `not worse: ${words}`, metrics: figures }
}

const unitsOf = (task: Task, { manifest }: StoredModel): number => task.head(manifest.task.state).units
const shown = (value: number | null): string =>
  value === null ? 'undefined' : String(Number(value.toPrecision(5)))
