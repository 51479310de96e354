import type { SignedStatement } from '../../contracts/job.js'
import type { ArtifactStore } from '../artifacts.js'
import type { VersionRow } from '../models.js'
import type { Signer } from '../signing/signer.js'
import {
  BUNDLE_FORMAT,
  type BundleSignature,
  type BundleStatement,
  bundleNames,
  textOfStatement,
} from './statement.js'

const ABOUT =
  'A version of a model of Flywheel, with all its files and their checksums. Import it with POST /v1/models/{name}/import; docs/exports.md says what each file is.'

/**
 * Stores what a bundle says of a version, and the instance's signature over it.
 *
 * @throws FlywheelError artifact-damaged when a file of the version is not there
 */
export async function storeStatement(
  { artifacts, signer }: { artifacts: Pick<ArtifactStore, 'put' | 'sizeBytes'>; signer: Signer },
  row: VersionRow,
): Promise<SignedStatement> {
  const own = new Set([row.sha256, row.reportSha256])
  const named = [
    { name: bundleNames.manifest, sha256: row.sha256 },
    { name: bundleNames.report, sha256: row.reportSha256 },
    ...[...new Set(row.blobs)]
      .filter((sha256) => !own.has(sha256))
      .map((sha256) => ({ name: bundleNames.blob(sha256), sha256 })),
  ]
  const statement: BundleStatement = {
    kind: 'flywheel-bundle',
    format: BUNDLE_FORMAT,
    about: ABOUT,
    version: {
      model: row.model,
      version: row.version,
      createdAt: row.createdAt.toISOString(),
      dataset: row.dataset === null ? null : `${row.dataset}@${row.datasetVersion}`,
      parent: row.parent,
      metrics: row.metrics,
    },
    origins: row.origins,
    files: await Promise.all(
      named.map(async (file) => ({ ...file, sizeBytes: await artifacts.sizeBytes(file.sha256) })),
    ),
  }
  const bytes = jsonBytes(statement)
  const signature: BundleSignature = {
    algorithm: 'Ed25519',
    publicKey: signer.publicKey,
    signature: signer.sign(textOfStatement(bytes)),
  }
  const [stored, signed] = await Promise.all([artifacts.put(bytes), artifacts.put(jsonBytes(signature))])
  return { statement: stored.sha256, signature: signed.sha256 }
}

const jsonBytes = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
