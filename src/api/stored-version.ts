import type { DatasetSnapshot } from '../contracts/dataset.js'
import type { StoredVersion } from '../datasets/process/tasks.js'
import type { ArtifactStore } from '../registry/artifacts.js'
import type { DatasetVersion } from '../registry/datasets.js'

/** A dataset version with the files that hold its rows, for the reader process. */
export function storedVersion(row: DatasetVersion, artifacts: ArtifactStore): StoredVersion {
  const { dataset: name, version, rows, columns, parts } = row
  return withPaths({ name, version, rows, columns, parts }, artifacts)
}

/** The same of a snapshot. */
export const withPaths = (snapshot: DatasetSnapshot, artifacts: ArtifactStore): StoredVersion => ({
  snapshot,
  paths: Object.fromEntries(snapshot.parts.map(({ sha256 }) => [sha256, artifacts.path(sha256)])),
})
