import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, type ReadStream, type Stats } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FlywheelError } from '../contracts/errors.js'
import type { Artifacts, Checkpoints } from '../contracts/job.js'
import { asStorageError } from '../contracts/storage-full.js'
import { checkpointsIn } from './checkpoints.js'
import { renameDurably, syncPath, writeDurably } from './files.js'
import { type JobResults, resultsIn } from './results.js'

export interface StoredBlob {
  readonly sha256: string
  readonly sizeBytes: number
}

/**
 * Immutable files by their sha256, in a folder that apis, workers and predictors share:
 * `blobs/ab/<sha256>`, `results/<jobId>/`, `checkpoints/<jobId>/`, `uploads/` for what is being written,
 * `parts/<uploadId>/` for uploads in parts.
 */
export interface ArtifactStore extends Artifacts, JobResults {
  has(sha256: string): Promise<boolean>
  sizeBytes(sha256: string): Promise<number>
  /** The bytes as they stand, without a check of the hash. */
  stream(sha256: string): ReadStream
  /**
   * Removes a blob unless it was stored again after `unchangedSince`, even at this very moment.
   *
   * @returns the bytes that became free
   */
  remove(sha256: string, options: { unchangedSince: Date }): Promise<number>
  list(): AsyncIterable<StoredBlob & { readonly changedAt: Date }>
  checkpoints(jobId: string): Checkpoints
  checkpointsFolder(jobId: string): string
  /** Removes a job's checkpoints and results. */
  forget(jobId: string): Promise<void>
  /** Ids of the jobs that have checkpoints or results. */
  jobIds(): Promise<readonly string[]>
  /** Where the parts of an upload are collected. */
  partsFolder(uploadId: string): string
  /** Ids of the uploads whose folders are there. */
  uploadIds(): Promise<readonly string[]>
  /** Removes unfinished files that nobody has written to since. @returns how many */
  removeTemporary(olderThan: Date): Promise<number>
}

/** Opens the store; its folders are made when they are missing. */
export async function openArtifactStore(folder: string): Promise<ArtifactStore> {
  const at = (...parts: string[]) => join(folder, ...parts)
  const parts = ['blobs', 'results', 'checkpoints', 'uploads', 'parts'] as const
  await Promise.all(parts.map((part) => mkdir(at(part), { recursive: true })))
  const path = (sha256: string) => at('blobs', checked(sha256).slice(0, 2), sha256)

  const store: ArtifactStore = {
    ...resultsIn(at('results')),
    path,
    temporaryPath: () => at('uploads', randomUUID()),
    async put(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (!(await isKeptAgain(path(sha256)))) {
        await makeFolderOf(path(sha256))
        await writeDurably(path(sha256), bytes)
      }
      return { sha256, sizeBytes: bytes.byteLength }
    },
    async adopt(temporaryPath) {
      try {
        const sha256 = await hashOf(temporaryPath)
        const sizeBytes = (await stat(temporaryPath)).size
        if (await isKeptAgain(path(sha256))) {
          await rm(temporaryPath)
        } else {
          await makeFolderOf(path(sha256))
          await syncPath(temporaryPath)
          await renameDurably(temporaryPath, path(sha256))
        }
        return { sha256, sizeBytes }
      } catch (error) {
        await rm(temporaryPath, { force: true })
        throw asStorageError(error)
      }
    },
    async read(sha256) {
      const bytes = await readFile(path(sha256)).catch((error: unknown) => {
        throw damaged(sha256, 'can not be read', error)
      })
      if (createHash('sha256').update(bytes).digest('hex') !== sha256)
        throw damaged(sha256, 'has other bytes')
      return bytes
    },
    has: async (sha256) => (await sizeOrNull(path(sha256))) !== null,
    async sizeBytes(sha256) {
      const size = await sizeOrNull(path(sha256))
      if (size === null) throw damaged(sha256, 'is missing')
      return size
    },
    stream: (sha256) => createReadStream(path(sha256)),
    async remove(sha256, { unchangedSince }) {
      const isUnchanged = ({ mtimeMs }: Stats) => Math.floor(mtimeMs) <= unchangedSince.getTime()
      const found = await stat(path(sha256)).catch(() => null)
      if (found === null || !isUnchanged(found)) return 0
      // Once it is elsewhere, whoever stores it again finds none: only what came before that is to be looked for.
      const aside = store.temporaryPath()
      if (!(await isMoved(path(sha256), aside))) return 0
      const moved = await stat(aside)
      if (!isUnchanged(moved)) {
        await renameDurably(aside, path(sha256))
        return 0
      }
      await rm(aside)
      return moved.size
    },
    list: () => listBlobs(at('blobs')),
    checkpoints: (jobId) => checkpointsIn(store.checkpointsFolder(jobId)),
    checkpointsFolder: (jobId) => at('checkpoints', checkedId(jobId)),
    async forget(jobId) {
      for (const part of ['checkpoints', 'results']) {
        await rm(at(part, checkedId(jobId)), { recursive: true, force: true })
      }
    },
    async jobIds() {
      const names = await Promise.all([readdir(at('checkpoints')), readdir(at('results'))])
      return [...new Set(names.flat())]
    },
    partsFolder: (uploadId) => at('parts', checkedId(uploadId)),
    uploadIds: () => readdir(at('parts')),
    removeTemporary: (olderThan) => removeTemporary({ folder, olderThan }),
  }
  return store
}

const makeFolderOf = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
}

/** Whether the file is there; its time is set to now, so that clean-up takes it for new. */
async function isKeptAgain(path: string): Promise<boolean> {
  const now = new Date()
  return utimes(path, now, now).then(
    () => true,
    () => false,
  )
}

/** Whether there was a file to move. */
const isMoved = async (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )

const sizeOrNull = async (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null,
  )

/** sha256 of a file's bytes. */
export async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 ** 2 }), hash)
  return hash.digest('hex')
}

async function* listBlobs(folder: string): AsyncGenerator<StoredBlob & { changedAt: Date }> {
  for (const prefix of await readdir(folder)) {
    for (const name of await readdir(join(folder, prefix))) {
      if (!/^[0-9a-f]{64}$/.test(name)) continue
      const found = await stat(join(folder, prefix, name)).catch(() => null)
      if (found) yield { sha256: name, sizeBytes: found.size, changedAt: found.mtime }
    }
  }
}

async function removeTemporary({ folder, olderThan }: { folder: string; olderThan: Date }): Promise<number> {
  let removed = 0
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    const isUpload = file.parentPath === join(folder, 'uploads')
    if (!isUpload && !file.name.endsWith('.tmp')) continue
    const found = await stat(path).catch(() => null)
    if (found === null || found.mtime >= olderThan) continue
    await rm(path, { recursive: true, force: true })
    removed += 1
  }
  return removed
}

/** Hashes and ids become paths: anything else than our own is refused. */
function checked(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw damaged(sha256, 'is no sha256')
  return sha256
}

function checkedId(id: string): string {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) throw new FlywheelError('internal', 'An id is malformed')
  return id
}

const damaged = (sha256: string, what: string, cause?: unknown) =>
  new FlywheelError('artifact-damaged', `The stored file ${sha256.slice(0, 12)}… ${what}`, { cause })
