import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FlywheelError } from '../../contracts/errors.js'
import { checkExpansion, packedSoFar } from './expansion.js'
import type { Unpacking } from './unpack.js'

const CHUNK_BYTES = 256 * 1024

/** Expands gzip (RFC 1952), also of several members. @throws FlywheelError dataset-invalid, storage-full */
export async function gunzip({ from, to, packedBytes }: Unpacking): Promise<void> {
  const { size } = await stat(from)
  const engine = createGunzip({ chunkSize: CHUNK_BYTES })
  let expanded = 0
  const tally = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      expanded += chunk.length
      try {
        checkExpansion(expanded, packedSoFar(packedBytes, { read: engine.bytesWritten, of: size }))
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
  })
  const input = createReadStream(from, { highWaterMark: CHUNK_BYTES })
  try {
    await pipeline(input, engine, tally, createWriteStream(to))
  } catch (error) {
    throw isZlibError(error) ? damaged((error as Error).message, error) : error
  }
  await checkEnd(from, { size, usedBytes: engine.bytesWritten })
}

const isZlibError = (error: unknown): boolean =>
  /^Z_/.test(String((error as NodeJS.ErrnoException).code ?? ''))

/** zlib passes over what follows the last member; only zeros, which tapes pad with, are nothing. */
async function checkEnd(
  path: string,
  { size, usedBytes }: { size: number; usedBytes: number },
): Promise<void> {
  if (usedBytes >= size) return
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, usedBytes)
    if (buffer.subarray(0, bytesRead).every((byte) => byte === 0)) return
  } finally {
    await file.close()
  }
  throw damaged(`what follows its byte ${usedBytes} is no gzip`)
}

const damaged = (what: string, cause?: unknown): FlywheelError =>
  new FlywheelError('dataset-invalid', `The gzip file is damaged: ${what}`, {
    remedy: 'Pack it again and upload it',
    cause,
  })
