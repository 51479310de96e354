import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { FlywheelError } from '../../contracts/errors.js'
import { asStorageError } from '../../contracts/storage-full.js'
import { loadReaders } from '../../datasets/catalogue.js'
import { contentCheck } from '../../datasets/content-check.js'

export interface ReceivedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
}

/**
 * Writes an upload to a file as it arrives, and looks at its bytes.
 *
 * @param options.encoding what its sender says that the text's encoding is
 * @throws FlywheelError dataset-invalid for what no reader takes, and as `receiveBytes`
 */
export async function receiveFile(
  stream: Readable,
  { path, maxBytes, encoding }: { path: string; maxBytes: number; encoding?: string | undefined },
): Promise<ReceivedFile> {
  const check = contentCheck({ readers: await loadReaders(), encoding })
  const file = await receiveBytes(stream, { path, maxBytes, onBytes: check.add, remedy: LARGE_FILE_REMEDY })
  check.end()
  return file
}

const LARGE_FILE_REMEDY = 'Upload it in parts (POST /v1/uploads), or raise FLYWHEEL_MAX_UPLOAD_BYTES'

/**
 * Writes a body to a file as it arrives: one chunk is in memory, and the sender waits while the disk is slow.
 * The stream is not destroyed on errors, so that the answer can still be sent.
 *
 * @param options.remedy what to do about a body that is too large
 * @throws FlywheelError body-too-large, storage-full, upload-malformed when it is cut, and whatever `onBytes` throws
 */
export async function receiveBytes(
  stream: Readable,
  {
    path,
    maxBytes,
    onBytes = () => {},
    remedy,
  }: { path: string; maxBytes: number; onBytes?: (chunk: Buffer) => void; remedy: string },
): Promise<ReceivedFile> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const file = await open(path, 'w')
  try {
    for await (const chunk of chunksOf(stream)) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) throw tooLarge(maxBytes, remedy)
      onBytes(chunk)
      hash.update(chunk)
      await file.writeFile(chunk)
    }
  } catch (error) {
    throw asStorageError(error)
  } finally {
    await file.close()
  }
  return { path, sizeBytes, sha256: hash.digest('hex') }
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } catch (error) {
    if (error instanceof FlywheelError) throw error
    throw new FlywheelError('upload-malformed', 'The upload ended before it was complete', { cause: error })
  }
}

/** Refuses a body that says at the beginning that it is too large. */
export function checkLength(length: string | undefined, maxBytes: number): void {
  if (Number(length) > maxBytes + FIELDS_BYTES) throw tooLarge(maxBytes, LARGE_FILE_REMEDY)
}

/** What fields and boundaries of a form may take beside the file. */
const FIELDS_BYTES = 2 * 1024 ** 2

export const tooLarge = (maxBytes: number, remedy: string): FlywheelError =>
  new FlywheelError('body-too-large', `The file is larger than ${maxBytes} bytes`, { remedy })
