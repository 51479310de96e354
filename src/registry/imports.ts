import { eq } from 'drizzle-orm'
import type { DeployRequest } from '../contracts/job.js'
import { readAlias } from './alias-states.js'
import type { Queries } from './database/database.js'
import { modelVersions } from './database/schema.js'
import type { VersionRow } from './models.js'
import { announceModel, type Deployed, deployVersion, insertVersion } from './new-versions.js'
import type { Signer } from './signing/signer.js'

/** When the alias moves to a version that is imported; `first`: while it names none. */
export const importWhens = ['first', 'always', 'never'] as const
export type ImportWhen = (typeof importWhens)[number]

export interface Imported {
  readonly row: VersionRow
  readonly deployed: Deployed
}

/**
 * Publishes a version that was made by another instance, whose blobs are in the store: under the model's next number,
 * without a parent, signed by this instance.
 *
 * @param options.importId the same id a second time gives what the first one made
 */
export function importVersion(
  { db, signer }: { db: Queries; signer: Signer },
  {
    model,
    row,
    importId = null,
    ...deployment
  }: {
    model: string
    row: Pick<
      VersionRow,
      | 'task'
      | 'target'
      | 'classes'
      | 'origins'
      | 'sha256'
      | 'reportSha256'
      | 'blobs'
      | 'sizeBytes'
      | 'metrics'
    >
    alias: string
    when: ImportWhen
    importId: string | null | undefined
  },
): Promise<Imported> {
  return db.transaction(async (tx) => {
    const before = importId === null ? undefined : await importedBy(tx, importId)
    if (before !== undefined) {
      const state = await readAlias(tx, { model, alias: deployment.alias })
      const moved = state?.version === before.version
      return {
        row: before,
        deployed: { alias: deployment.alias, moved, reason: 'it was imported before', metrics: null },
      }
    }
    const home = { job: null, dataset: null, datasetVersion: null, parent: null }
    const inserted = await insertVersion(tx, { signer, model, row: { ...row, ...home, importId } })
    const { version } = inserted
    const deploy = await deployRequest(tx, { model, ...deployment })
    const deployed = await deployVersion(tx, { model, version, deploy, job: null })
    await announceModel(tx, model)
    return { row: inserted, deployed }
  })
}

async function importedBy(tx: Queries, importId: string): Promise<VersionRow | undefined> {
  const [row] = await tx.select().from(modelVersions).where(eq(modelVersions.importId, importId))
  return row
}

async function deployRequest(
  tx: Queries,
  { model, alias, when }: { model: string; alias: string; when: ImportWhen },
): Promise<DeployRequest> {
  const common = { alias, metrics: null }
  if (when === 'never') return { ...common, move: false, reason: 'when is "never"' }
  if (when === 'always') return { ...common, move: true, expected: 'any', reason: 'when is "always"' }
  const state = await readAlias(tx, { model, alias })
  if (state !== null) {
    return { ...common, move: false, reason: `the alias ${alias} names version ${state.version} already` }
  }
  return { ...common, move: true, expected: null, reason: `there was no ${alias} before` }
}
