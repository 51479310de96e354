import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'

export type Files = readonly (readonly [name: string, bytes: Buffer | string])[]

/** A ZIP whose files are stored as they are, or deflated (PKWARE APPNOTE 6.3.10, 4.3). */
export function zipOf(
  files: Files,
  { mode = 0o100644, isPacked = false }: { mode?: number; isPacked?: boolean } = {},
): Buffer {
  const local: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of files) {
    const bytes = Buffer.from(content)
    const packed = isPacked ? deflateRawSync(bytes) : bytes
    const title = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0) // version needed
    common.writeUInt16LE(0x0800, 2) // names are UTF-8
    common.writeUInt16LE(isPacked ? 8 : 0, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(title.length, 22)
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), common, title, packed])
    const attributes = Buffer.alloc(14)
    attributes.writeUInt32LE((mode << 16) >>> 0, 6)
    attributes.writeUInt32LE(offset, 10)
    const made = Buffer.from([20, 3]) // by Unix
    directory.push(Buffer.from('PK\x01\x02'), made, common, attributes, title)
    local.push(entry)
    offset += entry.length
  }
  const index = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(files.length % 65536, 8)
  end.writeUInt16LE(files.length % 65536, 10)
  end.writeUInt32LE(index.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, index, end])
}

/** A tar (POSIX.1-1988). @param options.type "0" for files, "2" for links */
export function tarOf(files: Files, { type = '0' }: { type?: string } = {}): Buffer {
  const blocks = files.flatMap(([name, content]) => {
    const bytes = type === '0' ? Buffer.from(content) : Buffer.alloc(0)
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write('0000644\0', 100)
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('        ', 148)
    header.write(type, 156)
    if (type === '2') header.write(String(content), 157)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

export const tarGzOf = (files: Files): Buffer => gzipSync(tarOf(files))

/** A grey PNG whose pixels all have one value, but for the first. */
export function grey(value: number, { width = 6, height = 5, first = value } = {}): Promise<Buffer> {
  const data = Buffer.alloc(width * height, value)
  data[0] = first
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

/** An image of one colour. */
export function coloured(
  background: { r: number; g: number; b: number },
  { format = 'png' as 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff', width = 8, height = 6 } = {},
): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .toFormat(format)
    .toBuffer()
}

/** An IDX file of unsigned bytes. */
export function idxOf(shape: readonly number[], bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4 + 4 * shape.length)
  head[2] = 8
  head[3] = shape.length
  for (const [at, size] of shape.entries()) head.writeUInt32BE(size, 4 + 4 * at)
  return Buffer.concat([head, bytes])
}
