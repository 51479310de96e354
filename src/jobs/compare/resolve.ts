import type { RegistryLookup, Resolved, VersionSnapshot } from '../../contracts/job.js'
import { tableBytes } from '../../datasets/columns/column-store.js'
import { invalid } from '../train/catalogue.js'
import { checkHasTarget } from '../train/resolve-columns.js'
import { versionBlobs } from '../train/version-blobs.js'
import type { CompareRequest, CompareSpecification } from './request.js'

/** Node, TensorFlow and a table's worth of memory. */
const BASE_BYTES = 600 * 1024 ** 2

/**
 * Pins both versions and the dataset.
 *
 * @throws FlywheelError not-found; specification-invalid when the versions or the dataset have different targets
 */
export async function resolveCompare(
  request: CompareRequest,
  registry: RegistryLookup,
): Promise<Resolved<CompareSpecification>> {
  const [first, second, snapshot] = await Promise.all([
    registry.version(request.model),
    registry.version(request.with),
    registry.dataset(request.dataset),
  ])
  checkHasTarget(first.target, snapshot)
  const [wanted, other] = [first, second].map(learnt) as [string, string]
  if (wanted !== other) throw invalid('with', `a version that has learnt the same: ${wanted}`, other)
  return {
    specification: {
      type: 'compare',
      model: `${first.model}@${first.version}`,
      with: `${second.model}@${second.version}`,
      dataset: `${snapshot.name}@${snapshot.version}`,
      rows: request.rows ?? 'kept-out',
      snapshot,
    },
    blobs: { ...versionBlobs('model', first), ...versionBlobs('with', second) },
    plan: {
      reasons: {},
      parameters: null,
      memoryBytes: BASE_BYTES + tableBytes({ rows: snapshot.rows, columns: snapshot.columns.length }),
      secondsEstimate: null,
      warnings: [],
    },
  }
}

/** What answers must have in common to be compared. */
const learnt = ({ task, target, classes }: VersionSnapshot): string =>
  `${task} of ${target}${classes.length > 0 ? `, classes ${JSON.stringify(classes)}` : ''}`
