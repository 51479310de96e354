import type { VersionSnapshot } from '../../contracts/job.js'

/** A version's manifest under its role in the job, and its other blobs beside it, so that all are kept while it runs. */
export const versionBlobs = (role: string, { sha256, blobs }: VersionSnapshot): Record<string, string> =>
  Object.fromEntries([[role, sha256], ...blobs.map((blob, index) => [`${role}-${index}`, blob])])
