import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'
import { loadReaders } from '../../datasets/catalogue.js'
import { contentCheck } from '../../datasets/content-check.js'
import { type DatasetVersion, getDatasetVersion } from '../../registry/datasets.js'
import { joinParts } from '../../registry/join-parts.js'
import { withTemporaryFolder } from '../../registry/temporary-folder.js'
import { claimUpload, type UploadClaim } from '../../registry/upload-claims.js'
import { checkOpen, getUpload, partsOfUpload, type Upload, type UploadPart } from '../../registry/uploads.js'
import { readOptions } from './options.js'
import type { ReceivedFile } from './receive-file.js'
import { discardParts } from './receive-part.js'
import { appendVersion, storeVersion } from './store-version.js'

/** How long a request waits for another one that completes the upload already. */
const WAIT_MS = 30_000
const POLL_MS = 1_000

/**
 * Makes a dataset's version of an upload whose parts have all arrived. One request of all apis does it, the others
 * wait and get the same answer; so do later ones. After an error the parts are still there.
 *
 * @param options.given options in place of those that the upload was started with
 * @throws FlywheelError not-found, upload-incomplete, checksum-mismatch, those of a plain upload; conflict when it is
 *   aborted meanwhile, or another request takes longer
 */
export async function completeUpload(
  app: FastifyInstance,
  { id, given }: { id: string; given: Readonly<Record<string, unknown>> },
): Promise<DatasetVersion> {
  const claim = await waitForClaim(app, id)
  if (claim === null) return completedVersion(app, id)
  try {
    const row = await complete(app, claim, given)
    await discardParts(app, id)
    return row
  } catch (error) {
    // An abort takes the files away: that is the cause then.
    await claim.confirm()
    throw error
  } finally {
    await claim.release().catch((err: unknown) => app.log.warn({ err }, 'an upload could not be let go of'))
  }
}

/** @returns null when it is complete */
async function waitForClaim(app: FastifyInstance, id: string): Promise<UploadClaim | null> {
  const { db } = app.database
  const follower = app.uploadFollowers.follow(id)
  try {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const claim = await claimUpload(db, id)
      if (claim !== null) return claim
      const upload = await getUpload(db, id)
      if (upload.version !== null) return null
      if (Date.now() > deadline || app.uploadFollowers.isClosed) checkOpen(upload)
      await follower.next(POLL_MS)
    }
  } finally {
    follower.close()
  }
}

async function completedVersion(app: FastifyInstance, id: string): Promise<DatasetVersion> {
  const { dataset, version } = await getUpload(app.database.db, id)
  return getDatasetVersion(app.database.db, { dataset, ...(version === null ? {} : { version }) })
}

async function complete(
  app: FastifyInstance,
  claim: UploadClaim,
  given: Readonly<Record<string, unknown>>,
): Promise<DatasetVersion> {
  const { upload } = claim
  const { name, ...rest } = upload.options
  const all = { ...rest, ...given }
  const options = upload.append
    ? readOptions(all, { appendTo: upload.dataset })
    : readOptions({ ...all, name })
  const parts = await partsOfUpload(app.database.db, upload.id)
  checkWhole(upload, parts)
  const expirySeconds = app.config.uploadExpirySeconds
  return withTemporaryFolder(app, async (folder) => {
    const file = await join(app, claim, { parts, encoding: options.encoding })
    claim.check()
    const store = upload.append ? appendVersion : storeVersion
    return store(app, {
      folder,
      file,
      options,
      publish: (version) => claim.publish({ ...version, expirySeconds }),
    })
  })
}

/** One file out of the parts, looked at as an upload is that comes in one piece. */
async function join(
  app: FastifyInstance,
  claim: UploadClaim,
  { parts, encoding }: { parts: readonly UploadPart[]; encoding: string | undefined },
): Promise<ReceivedFile> {
  const { id, sha256: announced } = claim.upload
  const hash = createHash('sha256')
  const check = contentCheck({ readers: await loadReaders(), encoding })
  const path = await joinParts(claim, {
    folder: app.artifacts.partsFolder(id),
    parts,
    onBytes(bytes) {
      check.add(bytes)
      hash.update(bytes)
    },
  })
  check.end()
  const sha256 = hash.digest('hex')
  if (announced !== null && sha256 !== announced) {
    throw new FlywheelError('checksum-mismatch', `The parts make a file with the sha256 ${sha256}`, {
      errors: [{ path: 'sha256', expected: announced, received: sha256 }],
      remedy: 'Compare the checksums of the parts with those of your file, and send again what differs',
    })
  }
  return { path, sha256, sizeBytes: bytesOf(parts) }
}

const bytesOf = (parts: readonly UploadPart[]): number =>
  parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

const LISTED = 100

/** @throws FlywheelError upload-incomplete when there is a gap, or fewer or more bytes than were announced */
function checkWhole({ sizeBytes }: Upload, parts: readonly UploadPart[]): void {
  const there = new Set(parts.map(({ number }) => number))
  const last = Math.max(1, parts.at(-1)?.number ?? 0)
  const missing = Array.from({ length: last }, (_, index) => index + 1).filter((number) => !there.has(number))
  if (missing.length > 0) {
    const named = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '')
    throw new FlywheelError('upload-incomplete', `Parts are missing: ${named}`, {
      errors: missing.slice(0, LISTED).map((number) => ({
        path: `part ${number}`,
        expected: 'a part',
        received: 'nothing',
      })),
    })
  }
  const bytes = bytesOf(parts)
  if (sizeBytes === null || bytes === sizeBytes) return
  throw new FlywheelError('upload-incomplete', `The parts hold ${bytes} bytes; ${sizeBytes} were announced`, {
    errors: [{ path: 'sizeBytes', expected: String(sizeBytes), received: String(bytes) }],
    remedy: bytes < sizeBytes ? 'Send the parts that follow' : 'Abort the upload and start it anew',
  })
}
