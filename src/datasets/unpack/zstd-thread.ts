import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { ZSTDDecoder } from 'zstddec/stream'
import { isStorageFull } from '../../contracts/storage-full.js'
import { isTooFar, packedSoFar } from './expansion.js'

export interface ZstdTask {
  readonly from: string
  readonly to: string
  /** Of the uploaded file. */
  readonly packedBytes: number
}

export type ZstdEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'too-far'; readonly packedBytes: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'damaged'; readonly what: string }

const CHUNK_BYTES = 64 * 1024

parentPort?.postMessage(await expand(workerData as ZstdTask))

async function expand({ from, to, packedBytes }: ZstdTask): Promise<ZstdEnd> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const [input, output] = [openSync(from, 'r'), openSync(to, 'w')]
  try {
    const { size } = fstatSync(input)
    const source = { read: 0, silentRounds: 0 }
    let expanded = 0
    for (const bytes of decoder.decodeStreaming(chunksOf(input, source))) {
      // The decoder neither throws nor moves on where a frame is damaged: it gives nothing, again and again.
      source.silentRounds = bytes.length === 0 ? source.silentRounds + 1 : 0
      if (source.silentRounds > 2) return { kind: 'damaged', what: 'a frame can not be read' }
      expanded += bytes.length
      const soFar = packedSoFar(packedBytes, { read: source.read, of: size })
      if (isTooFar(expanded, soFar)) return { kind: 'too-far', packedBytes: soFar }
      writeAll(output, bytes)
    }
    return { kind: 'done' }
  } catch (error) {
    if (isStorageFull(error)) return { kind: 'full' }
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== undefined) throw error
    return { kind: 'damaged', what: message }
  } finally {
    closeSync(input)
    closeSync(output)
  }
}

function* chunksOf(file: number, source: { read: number; silentRounds: number }): Generator<Uint8Array> {
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const length = readSync(file, chunk)
    if (length === 0) return
    source.read += length
    source.silentRounds = 0
    yield chunk.subarray(0, length)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
