import type { RegistryLookup, Resolved } from '../../contracts/job.js'
import { tableBytes } from '../../datasets/columns/column-store.js'
import { checkHasTarget } from '../train/resolve-columns.js'
import { checkSliceBy } from '../train/resolve-slices.js'
import { versionBlobs } from '../train/version-blobs.js'
import type { EvaluateRequest, EvaluateSpecification } from './request.js'

/** Node, TensorFlow and a table's worth of memory. */
const BASE_BYTES = 600 * 1024 ** 2

/**
 * Pins version and dataset.
 *
 * @throws FlywheelError not-found; specification-invalid when the dataset has no such target
 */
export async function resolveEvaluate(
  request: EvaluateRequest,
  registry: RegistryLookup,
): Promise<Resolved<EvaluateSpecification>> {
  const [version, snapshot] = await Promise.all([
    registry.version(request.model),
    registry.dataset(request.dataset),
  ])
  checkHasTarget(version.target, snapshot)
  checkSliceBy(request.sliceBy, { snapshot, target: version.target, path: 'sliceBy' })
  return {
    specification: {
      type: 'evaluate',
      model: `${version.model}@${version.version}`,
      dataset: `${snapshot.name}@${snapshot.version}`,
      snapshot,
      ...(request.sliceBy && { sliceBy: request.sliceBy }),
    },
    blobs: versionBlobs('model', version),
    plan: {
      reasons: {},
      parameters: null,
      memoryBytes: BASE_BYTES + tableBytes({ rows: snapshot.rows, columns: snapshot.columns.length }),
      secondsEstimate: null,
      warnings: [],
    },
  }
}
