import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { crc32, createInflateRaw } from 'node:zlib'
import { FlywheelError } from '../../contracts/errors.js'
import { readDirectory, readExactly, type ZipEntry } from '../images/zip-directory.js'
import { checkExpansion } from '../unpack/expansion.js'
import { MalformedXml, type XmlHandler, XmlReader } from './xml-reader.js'

const LOCAL_BYTES = 30
const [STORED, DEFLATED] = [0, 8]
const CHUNK_BYTES = 64 * 1024

/** The parts of a workbook (Open Packaging Conventions): XML files in a ZIP, of which one chunk is in memory. */
export class WorkbookParts {
  readonly #path: string
  readonly #entries: ReadonlyMap<string, ZipEntry>

  private constructor(path: string, entries: readonly ZipEntry[]) {
    this.#path = path
    // Names of parts differ by more than case.
    this.#entries = new Map(entries.map((entry) => [entry.name.toLowerCase(), entry]))
  }

  /** @throws FlywheelError dataset-invalid for a damaged ZIP and for one that expands too far */
  static async open(path: string): Promise<WorkbookParts> {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      const entries = await readDirectory(file, size)
      checkExpansion(
        entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        size,
      )
      return new WorkbookParts(path, entries)
    } finally {
      await file.close()
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  /**
   * Reads a part's XML.
   *
   * @throws FlywheelError dataset-invalid when it is missing or damaged
   */
  async read(name: string, handler: XmlHandler): Promise<void> {
    const entry = this.#entries.get(name.toLowerCase())
    if (entry === undefined) throw unusableWorkbook(`it has no part ${name}`)
    if (entry.isEncrypted) throw unusableWorkbook('it is encrypted')
    const reader = new XmlReader(handler)
    const decoder = new TextDecoder('utf-8', { fatal: true })
    try {
      for await (const chunk of this.#bytesOf(entry)) reader.write(decoder.decode(chunk, { stream: true }))
      reader.write(decoder.decode())
      reader.end()
    } catch (error) {
      if (!isDamage(error)) throw error
      throw unusableWorkbook(`its part ${name} is damaged: ${(error as Error).message}`, error)
    }
  }

  /** @throws DamagedPart unless the bytes are those that were packed */
  async *#bytesOf(entry: ZipEntry): AsyncGenerator<Buffer> {
    const { method, packedBytes, sizeBytes } = entry
    if (method !== STORED && method !== DEFLATED)
      throw new DamagedPart(`it is packed by the method ${method}`)
    if (packedBytes === 0) return
    const start = await this.#startOf(entry)
    const packed = createReadStream(this.#path, {
      start,
      end: start + packedBytes - 1,
      highWaterMark: CHUNK_BYTES,
    })
    const bytes = method === STORED ? packed : packed.pipe(createInflateRaw({ chunkSize: CHUNK_BYTES }))
    packed.on('error', (error) => bytes.destroy(error))
    let [read, sum] = [0, 0]
    try {
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        read += chunk.length
        if (read > sizeBytes) throw new DamagedPart('it is larger than it says')
        sum = crc32(chunk, sum)
        yield chunk
      }
    } finally {
      packed.destroy()
      bytes.destroy()
    }
    if (read !== sizeBytes || sum !== entry.crc32) throw new DamagedPart('its checksum is another one')
  }

  async #startOf({ offset }: ZipEntry): Promise<number> {
    const file: FileHandle = await open(this.#path)
    try {
      const head = await readExactly(file, { at: offset, length: LOCAL_BYTES })
      if (!head.subarray(0, 4).equals(LOCAL)) throw new DamagedPart('it is not where the directory says')
      return offset + LOCAL_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28)
    } finally {
      await file.close()
    }
  }
}

const LOCAL = Buffer.from('PK\x03\x04')

class DamagedPart extends Error {}

const isDamage = (error: unknown): boolean =>
  error instanceof DamagedPart ||
  error instanceof MalformedXml ||
  /^(Z_|ERR_ENCODING_INVALID)/.test(String((error as NodeJS.ErrnoException).code ?? ''))

export const unusableWorkbook = (why: string, cause?: unknown): FlywheelError =>
  new FlywheelError('dataset-invalid', `The Excel workbook can not be read: ${why}`, {
    remedy: 'Save it again as .xlsx, or as CSV',
    cause,
  })
