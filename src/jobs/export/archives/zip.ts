import { crc32, deflateRawSync } from 'node:zlib'

/** A file of an archive. */
export interface ArchiveFile {
  /** Relative, with slashes. */
  readonly name: string
  readonly bytes: Uint8Array
}

const version = 20 // 2.0: deflate
const utf8Names = 0x0800
const deflated = 8
/** 1 January 1980: the same version gives the same archive. */
const date = 0x0021

/** Packs files as ZIP (PKWARE APPNOTE 6.3, without ZIP64: less than 4 GiB). */
export function packZip(files: readonly ArchiveFile[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, bytes } of files) {
    const text = Buffer.from(name)
    const data = deflateRawSync(bytes)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(version, 0)
    common.writeUInt16LE(utf8Names, 2)
    common.writeUInt16LE(deflated, 4)
    common.writeUInt16LE(0, 6)
    common.writeUInt16LE(date, 8)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(text.length, 22)
    const local = Buffer.concat([signature(0x04034b50), common, text, data])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([signature(0x02014b50), Buffer.from([version, 0]), common, place, text]))
    parts.push(local)
    offset += local.length
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(entries.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, entries, signature(0x06054b50), end])
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
