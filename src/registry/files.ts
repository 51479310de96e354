import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asStorageError } from '../contracts/storage-full.js'

/**
 * Writes a file so that after a crash it is there in full or not at all:
 * temporary file in the same folder, fsync, rename, fsync of the folder.
 *
 * @throws FlywheelError storage-full; nothing is left behind
 */
export async function writeDurably(path: string, bytes: Uint8Array | readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.${process.pid}.${draftNumber++}.tmp`
  try {
    const file = await open(draft, 'w')
    try {
      for (const part of Array.isArray(bytes) ? bytes : [bytes]) await file.writeFile(part)
      await file.sync()
    } finally {
      await file.close()
    }
    await renameDurably(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw asStorageError(error)
  }
}

let draftNumber = 0

/** Renames within a filesystem and makes the new name durable. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncPath(dirname(to))
}

/** Makes a finished file's bytes, or a folder's names, durable. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
