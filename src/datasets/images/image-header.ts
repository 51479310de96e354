export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp' | 'tiff'

/** What an image file says of itself before anything is decoded. */
export interface ImageHeader {
  readonly format: ImageFormat
  /** Pixels, before any turning that the file asks for. */
  readonly width: number
  readonly height: number
}

/** An image of more pixels is refused before it is decoded: decoded, it takes up to four bytes for each. */
export const MAX_PIXELS = 50_000_000

/** The formats in words, for messages. */
const imageFormats = 'a PNG, JPEG, GIF, WebP or TIFF image'

const starts: readonly { readonly format: ImageFormat; readonly bytes: string; readonly at?: number }[] = [
  { format: 'png', bytes: '\x89PNG\r\n\x1a\n' },
  { format: 'jpeg', bytes: '\xff\xd8\xff' },
  { format: 'gif', bytes: 'GIF87a' },
  { format: 'gif', bytes: 'GIF89a' },
  { format: 'webp', bytes: 'WEBP', at: 8 },
  { format: 'tiff', bytes: 'II*\0' },
  { format: 'tiff', bytes: 'MM\0*' },
]

/** The format by the first bytes; null for what is no image that can be read. */
export function imageFormat(bytes: Uint8Array): ImageFormat | null {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  return starts.find(({ bytes: wanted, at = 0 }) => start.startsWith(wanted, at))?.format ?? null
}

/** Format and size; null when the format is not known or the header is damaged. Reads no pixels. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const format = imageFormat(bytes)
  if (format === null) return null
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const [width, height] = sizeReaders[format](view)
    return width > 0 && height > 0 ? { format, width, height } : null
  } catch (error) {
    if (error instanceof RangeError) return null // read beyond the end
    throw error
  }
}

/** Why bytes are no image that can be taken in; null when their header allows it. */
export function imageComplaint(bytes: Uint8Array): { expected: string; received: string } | null {
  const format = imageFormat(bytes)
  if (format === null) return { expected: imageFormats, received: startOf(bytes) }
  const header = readImageHeader(bytes)
  if (header === null)
    return { expected: 'a whole image', received: `a ${format} file with a damaged header` }
  if (header.width * header.height <= MAX_PIXELS) return null
  return {
    expected: `at most ${MAX_PIXELS} pixels`,
    received: `${header.width}×${header.height} pixels`,
  }
}

function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file'
  const hex = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  return `${bytes.length} bytes that begin with 0x${hex}`
}

type Size = readonly [width: number, height: number]

const sizeReaders: Readonly<Record<ImageFormat, (bytes: Buffer) => Size>> = {
  // PNG specification, 11.2.2: IHDR is the first chunk.
  png: (bytes) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
  gif: (bytes) => [bytes.readUInt16LE(6), bytes.readUInt16LE(8)],
  jpeg: jpegSize,
  webp: webpSize,
  tiff: tiffSize,
}

/** ITU T.81, B.1: the size stands in the frame header, behind segments that can be passed over. */
function jpegSize(bytes: Buffer): Size {
  for (let at = 2; ; ) {
    if (bytes.readUInt8(at) !== 0xff) return [0, 0]
    const marker = bytes.readUInt8(at + 1)
    const isFill = marker === 0xff
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at += isFill ? 1 : 2 + bytes.readUInt16BE(at + 2)
  }
}

/** WebP container specification: lossy, lossless or extended. */
function webpSize(bytes: Buffer): Size {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21)
      return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)]
    }
    case 'VP8X':
      return [1 + bytes.readUIntLE(24, 3), 1 + bytes.readUIntLE(27, 3)]
    default:
      return [0, 0]
  }
}

const TIFF_WIDTH = 256
const TIFF_HEIGHT = 257
const TIFF_SHORT = 3

/** TIFF 6.0, section 2: fields of 12 bytes in the first directory. */
function tiffSize(bytes: Buffer): Size {
  const isLittle = bytes[0] === 0x49
  const short = (at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at))
  const long = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at))
  const directory = long(4)
  const found = new Map<number, number>()
  for (let field = 0, at = directory + 2; field < short(directory); field++, at += 12) {
    const value = short(at + 2) === TIFF_SHORT ? short(at + 8) : long(at + 8)
    found.set(short(at), value)
  }
  return [found.get(TIFF_WIDTH) ?? 0, found.get(TIFF_HEIGHT) ?? 0]
}
