import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { type Static, Type } from 'typebox'
import { FlywheelError } from './errors.js'
import type { Artifacts } from './job.js'

/** How a blob's bytes stand in the store, where they are not as they are read. */
const Encoding = Type.Object({
  name: Type.Literal('brotli'),
  /** Of what it is decoded to. */
  decodedBytes: Type.Integer({ minimum: 0 }),
})

/** A blob that a manifest names: hash and size of what is stored. */
export const storedBlob = {
  sha256: Type.String(),
  sizeBytes: Type.Integer({ minimum: 0 }),
  encoding: Type.Optional(Encoding),
}
export interface StoredBlob {
  readonly sha256: string
  readonly sizeBytes: number
  readonly encoding?: Static<typeof Encoding>
}

/** What a blob takes in memory. */
export const decodedBytes = ({ sizeBytes, encoding }: Pick<StoredBlob, 'sizeBytes' | 'encoding'>): number =>
  encoding?.decodedBytes ?? sizeBytes

/** Numbers that are learnt have hardly a byte that is 0; of pruned ones as large a share as was taken out. */
const SPARSE_SHARE = 0.3

/**
 * Measured on 1.2 MB of normal numbers of which 80 % are 0: 4.3 times smaller in 70 ms; the highest quality 4.5 times in
 * 6.5 s, deflate 4.2 times in 430 ms, a bit mask before the others 4.3 times.
 */
const QUALITY = 5

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

/** Stores weights or what is made of them: compressed where many of their bytes are 0, else as they are. */
export async function putStored(artifacts: Pick<Artifacts, 'put'>, bytes: Uint8Array): Promise<StoredBlob> {
  const zeros = bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0)
  if (zeros < SPARSE_SHARE * bytes.length || bytes.length === 0) return artifacts.put(bytes)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  const stored = await artifacts.put(await compress(bytes, { params }))
  return { ...stored, encoding: { name: 'brotli', decodedBytes: bytes.length } }
}

/**
 * The bytes of a stored blob, decoded.
 *
 * @throws FlywheelError artifact-damaged when they do not have the blob's hash, or can not be decoded to as many as it says
 */
export async function readStored(
  artifacts: Pick<Artifacts, 'read'>,
  { sha256, encoding }: Pick<StoredBlob, 'sha256' | 'encoding'>,
): Promise<Uint8Array> {
  const bytes = await artifacts.read(sha256)
  if (encoding === undefined) return new Uint8Array(bytes)
  const decoded = await decompress(bytes, { maxOutputLength: Math.max(1, encoding.decodedBytes) }).catch(
    (cause: unknown) => {
      throw damaged(sha256, encoding.decodedBytes, cause)
    },
  )
  if (decoded.length !== encoding.decodedBytes) throw damaged(sha256, encoding.decodedBytes)
  return new Uint8Array(decoded)
}

const damaged = (sha256: string, expected: number, cause?: unknown): FlywheelError =>
  new FlywheelError(
    'artifact-damaged',
    `The stored file ${sha256.slice(0, 12)}… can not be decoded to ${expected} bytes`,
    { cause },
  )
