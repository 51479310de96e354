import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'
import { bundleNames } from '../../registry/bundle/statement.js'
import { type Imported, type ImportWhen, importVersion } from '../../registry/imports.js'
import { checkVersion } from './check-version.js'
import { invalidBundle } from './invalid-bundle.js'
import { type Bundle, readBundle } from './read-bundle.js'
import { tryVersion } from './try-version.js'

export interface ImportOptions {
  readonly model: string
  readonly alias: string
  readonly when: ImportWhen
  /** Whether who asks may vouch for instances that nobody has named as trusted. */
  readonly mayVouch: boolean
  /** Of the request: the same id imports nothing twice. */
  readonly importId: string | undefined
}

/**
 * Publishes the version of a bundle that has been received under the next number of a model.
 *
 * @param options.folder for its files while they are checked
 * @throws FlywheelError bundle-invalid, bundle-untrusted, forbidden, storage-full, memory-insufficient,
 *   predictor-unavailable; nothing of it is published then
 */
export async function importBundle(
  app: FastifyInstance,
  { path, folder, ...options }: ImportOptions & { path: string; folder: string },
): Promise<Imported> {
  const maxBytes = app.config.maxUploadBytes
  const bundle = await readBundle(path, { maxBytes })
  checkTrust(app, bundle, options)
  const { statement, publicKey } = bundle
  const places = await extracted(bundle, folder)
  const read = (sha256: string): Promise<Buffer> => readFile(places.get(sha256) as string)
  const named = new Map(statement.files.map(({ name, sha256 }) => [name, sha256]))
  const [manifest, report] = [bundleNames.manifest, bundleNames.report].map(
    (name) => named.get(name) as string,
  ) as [string, string]
  const servable = await checkVersion(
    { manifest: await read(manifest), report: await read(report) },
    {
      files: { sizes: new Map(statement.files.map(({ sha256, sizeBytes }) => [sha256, sizeBytes])), read },
      catalogue: app.catalogue,
      maxBytes,
      memoryBytes: app.config.predictorMemoryBytes,
    },
  )
  for (const place of places.values()) await app.artifacts.adopt(place)
  if (options.when !== 'never') await tryVersion(manifest, { servable, predictors: app.predictors })
  const { model, version, createdAt, dataset, metrics } = statement.version
  return importVersion(
    { db: app.database.db, signer: app.signer },
    {
      ...options,
      row: {
        task: servable.task.name,
        target: servable.manifest.target,
        classes: [...servable.signature.classes],
        origins: [{ publicKey, model, version, createdAt, dataset }, ...statement.origins],
        sha256: manifest,
        reportSha256: report,
        blobs: [...places.keys()],
        sizeBytes: statement.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        metrics,
      },
    },
  )
}

/** @throws FlywheelError bundle-untrusted, or forbidden where an admin could vouch for it */
function checkTrust(
  { config: { trustedKeys }, signer }: FastifyInstance,
  { publicKey }: Bundle,
  { mayVouch }: Pick<ImportOptions, 'mayVouch'>,
): void {
  if ([...signer.publicKeys, ...(trustedKeys ?? [])].includes(publicKey)) return
  if (trustedKeys !== null) {
    throw new FlywheelError(
      'bundle-untrusted',
      `The bundle was signed by ${publicKey}, which is not trusted here`,
      {
        errors: [
          {
            path: 'signature.json: publicKey',
            expected: 'a key of FLYWHEEL_TRUSTED_KEYS',
            received: publicKey,
          },
        ],
      },
    )
  }
  if (mayVouch) return
  throw new FlywheelError(
    'forbidden',
    `The bundle was signed by ${publicKey}; a key with the scope admin is needed to vouch for it`,
    {
      remedy: 'Let an admin import it, or add that public key to FLYWHEEL_TRUSTED_KEYS',
    },
  )
}

/** Writes the files of a bundle out. @returns where each stands, by the sha256 that it was stated to have and has */
async function extracted({ archive, statement }: Bundle, folder: string): Promise<Map<string, string>> {
  const places = new Map<string, string>()
  for (const [index, { name, sha256: expected }] of statement.files.entries()) {
    const place = join(folder, `file-${index}`)
    const received = await archive.extract(name, place)
    if (received !== expected) {
      throw invalidBundle(name, { expected: `the sha256 ${expected}`, received })
    }
    places.set(expected, place)
  }
  return places
}
