import type { StoredVersion } from '../datasets/process/tasks.js'
import type { ArtifactStore } from '../registry/artifacts.js'
import type { DatasetVersion } from '../registry/datasets.js'

/** A dataset version with the files that hold its rows, for the reader process. */
export function storedVersion(row: DatasetVersion, artifacts: ArtifactStore): StoredVersion {
  const { dataset: name, version, rows, columns, parts } = row
  return {
    snapshot: { name, version, rows, columns, parts },
    paths: Object.fromEntries(parts.map(({ sha256 }) => [sha256, artifacts.path(sha256)])),
  }
}
