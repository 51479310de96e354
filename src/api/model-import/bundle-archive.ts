import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { shown } from '../../contracts/errors.js'
import { readDirectory, readExactly, type ZipEntry } from '../../datasets/images/zip-directory.js'
import { asBundle, invalidBundle } from './invalid-bundle.js'

const LOCAL_BYTES = 30
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8

/** A bundle's archive: a zip of plain files. Its names are compared with those that a bundle has, and never become paths. */
export interface BundleArchive {
  /** By name. */
  readonly entries: ReadonlyMap<string, ZipEntry>
  /**
   * Writes a file of the archive out, one chunk at a time.
   *
   * @returns its sha256
   * @throws FlywheelError bundle-invalid when it is damaged, or not of the size that the directory says
   */
  extract(name: string, path: string): Promise<string>
  /** As {@link extract}, into memory. */
  read(name: string): Promise<Buffer>
}

/**
 * Looks at the directory of a bundle that has been received; nothing is expanded.
 *
 * @param options.maxBytes the most that all its files may expand to
 * @throws FlywheelError bundle-invalid for what is no zip, for entries that are no plain files or twice there, and for
 *   more bytes
 */
export async function openBundleArchive(
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<BundleArchive> {
  const { size, found } = await withFile(path, async (file) => {
    const { size } = await file.stat()
    return { size, found: await asBundle('the bundle', () => readDirectory(file, size)) }
  })
  const entries = new Map<string, ZipEntry>()
  let [packed, expanded] = [0, 0]
  for (const entry of found) {
    const name = shown(entry.name)
    if (entry.isFolder || entry.isLink || entry.isEncrypted || ![STORED, DEFLATED].includes(entry.method)) {
      throw invalidBundle(name, { expected: 'a plain file', received: kindOf(entry) })
    }
    if (entries.has(entry.name)) throw invalidBundle(name, { expected: 'one such file', received: 'two' })
    entries.set(entry.name, entry)
    packed += entry.packedBytes
    expanded += entry.sizeBytes
  }
  if (packed > size) {
    throw invalidBundle('the bundle', {
      expected: 'files beside each other',
      received: 'entries that overlap',
    })
  }
  if (expanded > maxBytes) {
    const expected = `files of at most ${maxBytes} bytes (FLYWHEEL_MAX_UPLOAD_BYTES)`
    throw invalidBundle('the bundle', { expected, received: `${expanded} bytes` })
  }

  async function copy(name: string, sink: (chunk: Buffer) => void | Promise<void>): Promise<void> {
    const entry = entries.get(name)
    if (entry === undefined) throw invalidBundle(name, { expected: 'a file', received: 'none' })
    const start = await withFile(path, (file) => asBundle(name, () => startOf(file, entry)))
    await copied({ path, start }, entry, sink).catch((cause: Error) => {
      // The disk's own errors are not the bundle's.
      if ('syscall' in cause) throw cause
      const received = `a damaged file (${cause.message})`
      throw invalidBundle(name, { expected: `${entry.sizeBytes} bytes`, received, cause })
    })
  }

  return {
    entries,
    async extract(name, target) {
      const hash = createHash('sha256')
      const file = await open(target, 'wx')
      try {
        await copy(name, async (chunk) => {
          hash.update(chunk)
          await file.writeFile(chunk)
        })
      } finally {
        await file.close()
      }
      return hash.digest('hex')
    },
    async read(name) {
      const chunks: Buffer[] = []
      await copy(name, (chunk) => void chunks.push(chunk))
      return Buffer.concat(chunks)
    },
  }
}

function kindOf({ isFolder, isLink, isEncrypted, method }: ZipEntry): string {
  if (isFolder) return 'a folder'
  if (isLink) return 'a link'
  return isEncrypted ? 'an encrypted file' : `a file that is packed by the method ${method}`
}

async function startOf(file: FileHandle, { name, offset, packedBytes }: ZipEntry): Promise<number> {
  const head = await readExactly(file, { at: offset, length: LOCAL_BYTES })
  const start = offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28)
  const { size } = await file.stat()
  if (head.readUInt32LE(0) === LOCAL && start + packedBytes <= size) return start
  throw invalidBundle(shown(name), { expected: 'a file where the directory says', received: 'other bytes' })
}

/** A file's bytes, expanded where they are packed. */
function copied(
  { path, start }: { path: string; start: number },
  { packedBytes, sizeBytes, method }: ZipEntry,
  sink: (chunk: Buffer) => void | Promise<void>,
): Promise<void> {
  const end = start + packedBytes - 1
  const packed = packedBytes === 0 ? Readable.from([]) : createReadStream(path, { start, end })
  const take = exactly(sizeBytes, sink)
  return method === STORED ? pipeline(packed, take) : pipeline(packed, createInflateRaw(), take)
}

/** Takes so many bytes, and fails for more or fewer. */
const exactly =
  (sizeBytes: number, sink: (chunk: Buffer) => void | Promise<void>) =>
  async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > sizeBytes) throw new Error('it is larger than the directory says')
      await sink(chunk)
    }
    if (bytes < sizeBytes) throw new Error('it ends too soon')
  }

async function withFile<Result>(path: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}
