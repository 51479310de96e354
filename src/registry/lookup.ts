import type { DatasetSnapshot, Finding } from '../contracts/dataset.js'
import { FlywheelError } from '../contracts/errors.js'
import type { RegistryLookup } from '../contracts/job.js'
import type { ArtifactStore } from './artifacts.js'
import { storeStatement } from './bundle/store-statement.js'
import { chainByReference } from './chains.js'
import type { Queries } from './database/database.js'
import { getDatasetVersion } from './datasets.js'
import { snapshotFeedback } from './feedback.js'
import { rowByReference, snapshotOf, type VersionRow } from './models.js'
import type { Signer } from './signing/signer.js'

/** Where the lookup stores what it puts together for a job. */
export interface LookupStore {
  readonly artifacts: Pick<ArtifactStore, 'put' | 'sizeBytes' | 'temporaryPath' | 'adopt'>
  /** What may throw before anything is read for that. */
  readonly beforeStoring?: () => Promise<void>
}

/** What job types ask while they are resolved, but for what takes reading the data. */
export function registryLookup({
  db,
  artifacts,
  signer,
  beforeStoring = async () => {},
}: LookupStore & {
  readonly db: Queries
  readonly signer: Signer
}): Omit<RegistryLookup, 'examineTarget'> {
  async function checkedVersion(reference: string): Promise<VersionRow> {
    const row = await rowByReference(db, reference)
    await signer.check(row)
    return row
  }
  return {
    dataset: (reference) => findDataset(db, reference),
    version: async (reference) => snapshotOf(await checkedVersion(reference)),
    async statement(reference) {
      const row = await checkedVersion(reference)
      await beforeStoring()
      return storeStatement({ artifacts, signer }, row)
    },
    chain: (reference) => chainByReference(db, reference),
    async pendingFeedback(model, { retry }) {
      await beforeStoring()
      return snapshotFeedback(db, artifacts, { model, retry })
    },
  }
}

async function findDataset(db: Queries, reference: string): Promise<DatasetSnapshot> {
  const [dataset = '', version] = reference.split('@')
  if (version !== undefined && !/^\d{1,9}$/.test(version)) {
    throw new FlywheelError('not-found', `There is no dataset ${reference}`)
  }
  const number = version === undefined ? {} : { version: Number(version) }
  const { rows, columns, parts, report, ...row } = await getDatasetVersion(db, { dataset, ...number })
  return { name: dataset, version: row.version, rows, columns, parts, findings: firstOf(report.findings) }
}

/** A job's payload stays small, however many columns there are. */
const CARRIED_FINDINGS = 200

function firstOf(findings: readonly Finding[]): Finding[] {
  const more = findings.length - CARRIED_FINDINGS
  if (more <= 0) return [...findings]
  return [
    ...findings.slice(0, CARRIED_FINDINGS),
    {
      code: 'more-findings',
      detail: `${more} more findings stand in the dataset’s report`,
      remedy: 'Read them with GET /v1/datasets/{name}',
    },
  ]
}
