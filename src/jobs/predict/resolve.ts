import type { DatasetSnapshot } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { checkColumnNames } from '../../datasets/column-names.js'
import { invalid } from '../train/catalogue.js'
import { versionBlobs } from '../train/version-blobs.js'
import { answerColumns } from './answer-columns.js'
import type { PredictRequest, PredictSpecification } from './request.js'

/** Node, the version, TensorFlow where it has no ONNX form, and what DuckDB may take: blocks of rows add little. */
const BASE_BYTES = 1200 * 1024 ** 2

/**
 * Pins version and dataset, and settles the columns of the result.
 *
 * @throws FlywheelError not-found; specification-invalid for columns that are not there, or names that can not stand
 *   beside each other
 */
export async function resolvePredict(
  request: PredictRequest,
  registry: RegistryLookup,
): Promise<Resolved<PredictSpecification>> {
  const [version, snapshot] = await Promise.all([
    registry.version(request.model),
    registry.dataset(request.dataset),
  ])
  const specification: PredictSpecification = {
    type: 'predict',
    model: `${version.model}@${version.version}`,
    dataset: `${snapshot.name}@${snapshot.version}`,
    name: request.name,
    columns: request.columns ?? 'all',
    prefix: request.prefix ?? 'predicted_',
    probabilities: request.probabilities ?? 'all',
    conformal: request.conformal ?? null,
    onUnanswered: request.onUnanswered ?? 'keep',
    snapshot,
  }
  // A dataset's newest version is what trainings and appended rows go on from.
  if (request.name === snapshot.name) {
    throw invalid('name', 'another name than that of the dataset whose rows are answered', request.name)
  }
  checkNames(specification, answerColumns({ ...specification, classes: version.classes }))
  return {
    specification,
    blobs: versionBlobs('model', version),
    plan: {
      reasons: {},
      parameters: null,
      memoryBytes: BASE_BYTES,
      secondsEstimate: null,
      warnings: [],
    },
  }
}

/** Names of the dataset's columns that stand in the result. */
export function keptColumns({
  columns,
  snapshot,
}: Pick<PredictSpecification, 'columns'> & {
  readonly snapshot: Pick<DatasetSnapshot, 'columns'>
}): readonly string[] {
  if (columns === 'none') return []
  return columns === 'all' ? snapshot.columns.map(({ name }) => name) : columns
}

function checkNames(
  specification: PredictSpecification,
  answers: readonly { readonly name: string }[],
): void {
  const kept = keptColumns(specification)
  const known = new Set(specification.snapshot.columns.map(({ name }) => name))
  const missing = kept.find((name) => !known.has(name))
  if (missing !== undefined) {
    throw invalid('columns', `columns of ${specification.dataset}`, missing)
  }
  const names = new Set(kept)
  const taken = answers.find(({ name }) => names.has(name))
  if (taken !== undefined) {
    const expected = 'a prefix that makes no name of a column that is kept'
    throw invalid('prefix', `${expected}, such as ${taken.name}`, specification.prefix)
  }
  try {
    checkColumnNames([...kept, ...answers.map(({ name }) => name)])
  } catch (cause) {
    if (!(cause instanceof FlywheelError)) throw cause
    const detail = `The answers can not stand in columns of their own: ${cause.message}`
    throw new FlywheelError('specification-invalid', detail, {
      errors: cause.errors,
      cause,
      remedy: 'Send "probabilities": "none", or keep fewer columns',
    })
  }
}
