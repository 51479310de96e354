import { isUtf8 } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { ArchiveTally, plainName, unusableArchive } from './archive.js'
import { codePage437 } from './code-page-437.js'

/** What the directory of a ZIP says of a file. */
export interface ZipEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly isLink: boolean
  readonly isEncrypted: boolean
  /** 0: stored; 8: deflated. */
  readonly method: number
  readonly crc32: number
  readonly packedBytes: number
  readonly sizeBytes: number
  /** Where its local header stands. */
  readonly offset: number
}

/** Signatures (PKWARE APPNOTE 6.3.10, 4.3). */
const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const ENTRY = 0x02014b50

const END_BYTES = 22
const LOCATOR_BYTES = 20
const END_64_BYTES = 56
const ENTRY_BYTES = 46
const MAX_COMMENT_BYTES = 0xffff
/** A directory of as many entries as are accepted, with long names. */
const MAX_DIRECTORY_BYTES = 64 * 1024 ** 2

/**
 * Reads the directory of a ZIP at once, ZIP64 too. No file is read.
 *
 * @throws FlywheelError dataset-invalid when it is damaged, or announces too many entries
 */
export async function readDirectory(file: FileHandle, size: number): Promise<ZipEntry[]> {
  const { entries, offset, sizeBytes } = await findDirectory(file, size)
  ArchiveTally.checkEntries(entries)
  if (sizeBytes > MAX_DIRECTORY_BYTES || offset + sizeBytes > size)
    throw damaged('its directory has no place in it')
  const bytes = await readExactly(file, { at: offset, length: sizeBytes })
  const found: ZipEntry[] = []
  for (let at = 0; found.length < entries; ) {
    if (at + ENTRY_BYTES > bytes.length || bytes.readUInt32LE(at) !== ENTRY)
      throw damaged('its directory is cut')
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ]
    const end = at + ENTRY_BYTES + name + extra + comment
    if (end > bytes.length) throw damaged('its directory is cut')
    found.push(entryAt(bytes.subarray(at, end), { name, extra }))
    at = end
  }
  return found
}

/** Reads so many bytes. @throws FlywheelError dataset-invalid when the file ends before */
export async function readExactly(
  file: FileHandle,
  { at, length }: { at: number; length: number },
): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
  if (bytesRead < length) throw damaged('it ends too soon')
  return buffer
}

interface Directory {
  readonly entries: number
  readonly offset: number
  readonly sizeBytes: number
}

async function findDirectory(file: FileHandle, size: number): Promise<Directory> {
  const length = Math.min(size, END_BYTES + MAX_COMMENT_BYTES)
  const tail = await readExactly(file, { at: size - length, length })
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END || at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue
    const plain = {
      entries: tail.readUInt16LE(at + 10),
      sizeBytes: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    }
    const isLarge = plain.entries === 0xffff || plain.sizeBytes === 0xffffffff || plain.offset === 0xffffffff
    return isLarge ? ((await findDirectory64(file, size - length + at)) ?? plain) : plain
  }
  throw damaged('it has no directory at its end')
}

/** @param end where the end of the directory stands; null where nothing of ZIP64 stands before it */
async function findDirectory64(file: FileHandle, end: number): Promise<Directory | null> {
  if (end < LOCATOR_BYTES) return null
  const locator = await readExactly(file, { at: end - LOCATOR_BYTES, length: LOCATOR_BYTES })
  if (locator.readUInt32LE(0) !== LOCATOR_64) return null
  const at = numberAt(locator, 8)
  if (at > end - END_64_BYTES) throw damaged('its directory has no place in it')
  const record = await readExactly(file, { at, length: END_64_BYTES })
  if (record.readUInt32LE(0) !== END_64) throw damaged('its directory is not where it says')
  return {
    entries: numberAt(record, 32),
    sizeBytes: numberAt(record, 40),
    offset: numberAt(record, 48),
  }
}

/** @throws FlywheelError dataset-invalid for what no file can be as large as */
function numberAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at)
  if (value > Number.MAX_SAFE_INTEGER) throw damaged('a size in it can not be')
  return Number(value)
}

const UTF8_NAMES = 0x0800
const ENCRYPTED = 0x0001
const FILE_TYPE = 0xf000
const LINK = 0xa000

function entryAt(bytes: Buffer, { name: nameBytes, extra }: { name: number; extra: number }): ZipEntry {
  const flags = bytes.readUInt16LE(8)
  const nameEnd = ENTRY_BYTES + nameBytes
  const text = bytes.subarray(ENTRY_BYTES, nameEnd)
  const written = (flags & UTF8_NAMES) !== 0 || isUtf8(text) ? text.toString() : codePage437(text)
  const sizes = wide(bytes.subarray(nameEnd, nameEnd + extra), {
    sizeBytes: bytes.readUInt32LE(24),
    packedBytes: bytes.readUInt32LE(20),
    offset: bytes.readUInt32LE(42),
  })
  // Unix keeps a file's mode in the upper half; a link's content is the path that it leads to.
  const mode = bytes.readUInt32LE(38) >>> 16
  return {
    name: plainName(written),
    isFolder: written.endsWith('/'),
    isLink: (mode & FILE_TYPE) === LINK,
    isEncrypted: (flags & ENCRYPTED) !== 0,
    method: bytes.readUInt16LE(10),
    crc32: bytes.readUInt32LE(16),
    ...sizes,
  }
}

type Sizes = Pick<ZipEntry, 'sizeBytes' | 'packedBytes' | 'offset'>

/** Numbers that do not fit 32 bits stand in a field of their own (4.5.3), those that are needed in this order. */
function wide(extra: Buffer, sizes: Sizes): Sizes {
  const found = { ...sizes }
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2))
    let field = at + 4
    for (const name of ['sizeBytes', 'packedBytes', 'offset'] as const) {
      if (sizes[name] !== 0xffffffff) continue
      if (field + 8 > end) throw damaged('a size in it is cut')
      found[name] = numberAt(extra, field)
      field += 8
    }
    break
  }
  return found
}

const damaged = (why: string) => unusableArchive(`The zip archive can not be read: ${why}`)
