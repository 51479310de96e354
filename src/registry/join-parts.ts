import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FlywheelError } from '../contracts/errors.js'
import { syncPath } from './files.js'
import type { UploadClaim } from './upload-claims.js'
import type { UploadPart } from './uploads.js'

/** The file in an upload's folder that its parts are joined to. */
export const WHOLE_FILE = 'whole'

const BLOCK_BYTES = 1024 ** 2
/** After so many bytes what was joined is made durable, and the parts’ own files are removed. */
const DURABLE_BYTES = 64 * 1024 ** 2

/**
 * Joins the parts of an upload to one file, in their order. A part's own file is removed soon after its bytes are
 * durable there, so that the disk holds the bytes once; one block of 1 MiB is in memory.
 * It goes on where an earlier try has stopped, and takes parts apart again behind one that was replaced since.
 *
 * @param options.parts by number, without a gap
 * @param options.onBytes gets all bytes of the file in their order; the buffer is used again after the call
 * @param options.durableBytes after how many bytes parts’ own files are removed
 * @returns the file's path
 * @throws FlywheelError artifact-damaged when a part is not as long as it was; whatever `onBytes` throws
 */
export async function joinParts(
  claim: UploadClaim,
  {
    folder,
    parts,
    onBytes,
    durableBytes = DURABLE_BYTES,
  }: {
    folder: string
    parts: readonly UploadPart[]
    onBytes: (bytes: Buffer) => void
    durableBytes?: number
  },
): Promise<string> {
  const path = join(folder, WHOLE_FILE)
  const whole = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    const { joined, sizeBytes } = joinedAlready(parts)
    const rest = await splitBehind(claim, { whole, folder, parts: parts.slice(joined) })
    await whole.truncate(sizeBytes)
    await eachBlock(whole, { from: 0, sizeBytes, check: claim.check }, onBytes)
    await append(claim, { whole, at: sizeBytes, folder, parts: rest, onBytes, durableBytes })
  } finally {
    await whole.close()
  }
  return path
}

/** How many parts, from the first on, stand at their places in the whole file. */
function joinedAlready(parts: readonly UploadPart[]): { joined: number; sizeBytes: number } {
  let sizeBytes = 0
  for (const [index, part] of parts.entries()) {
    if (part.position !== sizeBytes) return { joined: index, sizeBytes }
    sizeBytes += part.sizeBytes
  }
  return { joined: parts.length, sizeBytes }
}

/** Gives files of their own to parts that stand at other places than they will; the last goes first. */
async function splitBehind(
  claim: UploadClaim,
  { whole, folder, parts }: { whole: FileHandle; folder: string; parts: readonly UploadPart[] },
): Promise<UploadPart[]> {
  const rest = [...parts]
  for (let index = rest.length - 1; index >= 0; index--) {
    const part = rest[index] as UploadPart
    const { number, position, sizeBytes } = part
    if (position === null) continue
    const file = randomUUID()
    const own = await open(join(folder, file), 'wx', 0o600)
    try {
      await eachBlock(whole, { from: position, sizeBytes, check: claim.check }, async (bytes) => {
        await own.writeFile(bytes)
      })
      await own.sync()
    } finally {
      await own.close()
    }
    await syncPath(folder)
    await claim.noteSplit({ number, file })
    await whole.truncate(position)
    rest[index] = { ...part, file, position: null }
  }
  return rest
}

async function append(
  claim: UploadClaim,
  {
    whole,
    at,
    folder,
    parts,
    onBytes,
    durableBytes,
  }: {
    whole: FileHandle
    at: number
    folder: string
    parts: readonly UploadPart[]
    onBytes: (bytes: Buffer) => void
    durableBytes: number
  },
): Promise<void> {
  let end = at
  let durable = at
  let pending: { number: number; position: number; path: string }[] = []
  const settle = async () => {
    await whole.sync()
    await claim.noteJoined(pending.map(({ number, position }) => ({ number, position })))
    for (const { path } of pending) await rm(path, { force: true })
    pending = []
    durable = end
  }
  for (const part of parts) {
    const path = join(folder, part.file as string)
    const own = await open(path, 'r')
    pending.push({ number: part.number, position: end, path })
    try {
      await eachBlock(own, { from: 0, sizeBytes: part.sizeBytes, check: claim.check }, async (bytes) => {
        onBytes(bytes)
        await writeAll(whole, { bytes, position: end })
        end += bytes.length
      })
    } finally {
      await own.close()
    }
    if (end - durable >= durableBytes) await settle()
  }
  if (pending.length > 0) await settle()
}

async function writeAll(
  file: FileHandle,
  { bytes, position }: { bytes: Buffer; position: number },
): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    written += bytesWritten
  }
}

/** Reads a stretch of a file in blocks, in one buffer. */
async function eachBlock(
  file: FileHandle,
  { from, sizeBytes, check }: { from: number; sizeBytes: number; check: () => void },
  onBlock: (bytes: Buffer) => void | Promise<void>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, sizeBytes))
  for (let read = 0; read < sizeBytes; ) {
    check()
    const length = Math.min(BLOCK_BYTES, sizeBytes - read)
    const { bytesRead } = await file.read(buffer, 0, length, from + read)
    if (bytesRead === 0) throw new FlywheelError('artifact-damaged', 'A part is shorter than it was')
    await onBlock(buffer.subarray(0, bytesRead))
    read += bytesRead
  }
}
