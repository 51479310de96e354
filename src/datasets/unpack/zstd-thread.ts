import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { ZSTDDecoder } from 'zstddec/stream'
import { isStorageFull } from '../../contracts/storage-full.js'

export interface ZstdTask {
  readonly from: string
  readonly to: string
  readonly mostBytes: number
}

export type ZstdEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'too-far' }
  | { readonly kind: 'full' }
  | { readonly kind: 'damaged'; readonly what: string }

const CHUNK_BYTES = 64 * 1024

parentPort?.postMessage(await expand(workerData as ZstdTask))

async function expand({ from, to, mostBytes }: ZstdTask): Promise<ZstdEnd> {
  const decoder = new ZSTDDecoder()
  await decoder.init()
  const [input, output] = [openSync(from, 'r'), openSync(to, 'w')]
  try {
    const silence = { rounds: 0 }
    let expanded = 0
    for (const bytes of decoder.decodeStreaming(chunksOf(input, silence))) {
      // The decoder neither throws nor moves on where a frame is damaged: it gives nothing, again and again.
      silence.rounds = bytes.length === 0 ? silence.rounds + 1 : 0
      if (silence.rounds > 2) return { kind: 'damaged', what: 'a frame can not be read' }
      expanded += bytes.length
      if (expanded > mostBytes) return { kind: 'too-far' }
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

function* chunksOf(file: number, silence: { rounds: number }): Generator<Uint8Array> {
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    const length = readSync(file, chunk)
    if (length === 0) return
    silence.rounds = 0
    yield chunk.subarray(0, length)
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
