import { and, desc, eq } from 'drizzle-orm'
import type { DatasetSnapshot } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { RegistryLookup } from '../contracts/job.js'
import type { ArtifactStore } from './artifacts.js'
import type { Queries } from './database/database.js'
import { datasetVersions } from './database/schema.js'
import { snapshotFeedback } from './feedback.js'
import { versionByReference } from './models.js'

/** What job types ask while they are resolved. */
export function registryLookup(db: Queries, artifacts: ArtifactStore): RegistryLookup {
  return {
    dataset: (reference) => findDataset(db, reference),
    version: (reference) => versionByReference(db, reference),
    pendingFeedback: (model, { retry }) => snapshotFeedback(db, artifacts, { model, retry }),
  }
}

async function findDataset(db: Queries, reference: string): Promise<DatasetSnapshot> {
  const [name = '', version] = reference.split('@')
  const isVersion = version === undefined || /^\d{1,9}$/.test(version)
  const [row] = isVersion
    ? await db
        .select()
        .from(datasetVersions)
        .where(
          and(
            eq(datasetVersions.dataset, name),
            version === undefined ? undefined : eq(datasetVersions.version, Number(version)),
          ),
        )
        .orderBy(desc(datasetVersions.version))
        .limit(1)
    : []
  if (row === undefined) throw new FlywheelError('not-found', `There is no dataset ${reference}`)
  const { rows, columns, parts } = row
  return { name: row.dataset, version: row.version, rows, columns, parts }
}
