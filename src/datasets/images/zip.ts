import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { type Archive, type ArchiveFile, ArchiveTally, unusableArchive } from './archive.js'
import { readDirectory, readExactly, type ZipEntry } from './zip-directory.js'

const inflate = promisify(inflateRaw)

/**
 * A ZIP (PKWARE APPNOTE 6.3, ZIP64 too). Its directory alone is read to check names, sizes and their sum.
 *
 * @throws FlywheelError dataset-invalid for a damaged directory, a bomb, names that are paths
 */
export async function openZip(path: string): Promise<Archive> {
  const { size, entries } = await withFile(path, async (file) => {
    const { size } = await file.stat()
    return { size, entries: await readDirectory(file, size) }
  })
  const tally = new ArchiveTally(size)
  let packed = 0
  let others = 0
  for (const entry of entries) {
    tally.addEntry()
    if (entry.isFolder) continue
    tally.addFile(entry.name, entry.sizeBytes)
    packed += entry.packedBytes
    // Entries that share their bytes: how small archives expand without end.
    if (packed > size) throw unusableArchive('The archive’s entries overlap')
    if (entry.isLink) others++
  }
  const files = entries.filter(({ isFolder, isLink }) => !isFolder && !isLink)
  return {
    names: files.map(({ name }) => name),
    others,
    async *files(isWanted) {
      const file = await open(path)
      try {
        for (const entry of files) if (isWanted(entry.name)) yield await readFile(file, entry)
      } finally {
        await file.close()
      }
    },
  }
}

async function withFile<Result>(path: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

const LOCAL_BYTES = 30
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8

/** A file, expanded to at most the size that the directory tells. */
async function readFile(file: FileHandle, entry: ZipEntry): Promise<ArchiveFile> {
  const { name, method, isEncrypted } = entry
  if (isEncrypted) return { name, failure: 'an encrypted file' }
  if (method !== STORED && method !== DEFLATED) {
    return { name, failure: `a file that is packed by the method ${method}, not by deflate` }
  }
  try {
    const bytes = await expanded(file, entry)
    if (bytes.length !== entry.sizeBytes || crc32(bytes) !== entry.crc32) {
      return { name, failure: 'a damaged file (its checksum is another one)' }
    }
    return { name, bytes }
  } catch (error) {
    return { name, failure: `a damaged file (${(error as Error).message})` }
  }
}

async function expanded(
  file: FileHandle,
  { offset, packedBytes, sizeBytes, method }: ZipEntry,
): Promise<Buffer> {
  const head = await readExactly(file, { at: offset, length: LOCAL_BYTES })
  if (head.readUInt32LE(0) !== LOCAL) throw new Error('it is not where the directory says')
  const start = offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28)
  const packed = await readExactly(file, { at: start, length: packedBytes })
  if (method === STORED) return packed
  return inflate(packed, { maxOutputLength: Math.max(1, sizeBytes) })
}
