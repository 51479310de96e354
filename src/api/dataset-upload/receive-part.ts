import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'
import { asStorageError } from '../../contracts/storage-full.js'
import { syncPath } from '../../registry/files.js'
import {
  bytesBeside,
  checkOpen,
  findPart,
  getUpload,
  keepPart,
  type UploadPart,
} from '../../registry/uploads.js'
import { contentDigestOf } from './content-digest.js'
import { receiveBytes, tooLarge } from './receive-file.js'

export const MAX_PARTS = 10_000

/** A part as it is announced. */
export interface SentPart {
  readonly upload: string
  /** From 1. */
  readonly number: number
  /** Hex, of the body. */
  readonly sha256: string
  /** By its header; undefined where the body comes in chunks. */
  readonly sizeBytes: number | undefined
  readonly body: Readable
}

/**
 * Takes in one part: its bytes are durable, and its checksum has been compared, before it counts as arrived.
 * A part that is there already with this checksum is not read again; one with another checksum is replaced.
 *
 * @throws FlywheelError not-found, conflict (the upload is complete, or being completed), checksum-mismatch,
 *   upload-malformed (empty, or cut), body-too-large, storage-full; what was there before stays
 */
export async function receivePart(app: FastifyInstance, sent: SentPart): Promise<UploadPart> {
  const { db } = app.database
  const { upload, number, sizeBytes } = sent
  checkOpen(await getUpload(db, upload))
  const check = totalCheck(app)
  if (sizeBytes !== undefined) {
    if (sizeBytes > app.config.maxUploadBytes) throw tooLarge(app.config.maxUploadBytes, SMALLER_PARTS)
    check((await bytesBeside(db, { upload, number })) + sizeBytes)
  }
  const known = await findPart(db, { upload, number })
  if (known?.sha256 === sent.sha256 && known.sizeBytes === (sizeBytes ?? known.sizeBytes)) return known

  const folder = app.artifacts.partsFolder(upload)
  const file = randomUUID()
  const path = join(folder, file)
  try {
    await mkdir(folder, { recursive: true })
    const size = await writePart(app, { ...sent, folder, path })
    const part = { upload, number, sizeBytes: size, sha256: sent.sha256, file }
    const expirySeconds = app.config.uploadExpirySeconds
    const { kept, replacedFile } = await keepPart(db, { part, expirySeconds, check })
    if (replacedFile !== null) await rm(join(folder, replacedFile), { force: true })
    return kept
  } catch (error) {
    await rm(path, { force: true })
    // The folder is gone: the upload was aborted or completed meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') checkOpen(await getUpload(db, upload))
    throw asStorageError(error)
  }
}

const SMALLER_PARTS = 'Send smaller parts, or raise FLYWHEEL_MAX_UPLOAD_BYTES'

/** @returns how many bytes have come, durable in the file */
async function writePart(
  app: FastifyInstance,
  { body, number, sha256, folder, path }: SentPart & { folder: string; path: string },
): Promise<number> {
  const { maxUploadBytes } = app.config
  const received = await receiveBytes(body, { path, maxBytes: maxUploadBytes, remedy: SMALLER_PARTS })
  if (received.sizeBytes === 0) throw new FlywheelError('upload-malformed', `Part ${number} is empty`)
  if (received.sha256 !== sha256) {
    const [expected, came] = [contentDigestOf(sha256), contentDigestOf(received.sha256)]
    throw new FlywheelError('checksum-mismatch', `Part ${number} came as ${came}, not ${expected}`, {
      errors: [{ path: 'header.content-digest', expected: came, received: expected }],
      remedy: 'Send the part again; what was there before has stayed',
    })
  }
  await syncPath(path)
  await syncPath(folder)
  return received.sizeBytes
}

/** Refuses more bytes in all parts than an upload may have. */
export const totalCheck =
  ({ config: { maxUploadTotalBytes } }: FastifyInstance) =>
  (bytes: number): void => {
    if (bytes <= maxUploadTotalBytes) return
    const detail = `The parts would hold ${bytes} bytes; at most ${maxUploadTotalBytes} are accepted`
    throw new FlywheelError('body-too-large', detail, {
      remedy: 'Split the data and append the rest, or raise FLYWHEEL_MAX_UPLOAD_TOTAL_BYTES',
    })
  }

/** Removes all bytes of an upload that nobody needs any more; what can not be removed now is left to clean-up. */
export async function discardParts(app: FastifyInstance, upload: string): Promise<void> {
  await rm(app.artifacts.partsFolder(upload), { recursive: true, force: true }).catch((err: unknown) =>
    app.log.warn({ err, upload }, 'parts of an upload are left to clean-up'),
  )
}
