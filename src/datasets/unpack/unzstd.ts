import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { FlywheelError } from '../../contracts/errors.js'
import { storageFull } from '../../contracts/storage-full.js'
import { expandsTooFar } from './expansion.js'
import type { Unpacking } from './unpack.js'
import type { ZstdEnd, ZstdTask } from './zstd-thread.js'

const thread = new URL('./zstd-thread.js', import.meta.url)

/**
 * Expands zstd (RFC 8878), also of several frames, in a thread of its own: the decoder is WebAssembly, whose memory is
 * only given back with it.
 *
 * @throws FlywheelError dataset-invalid, storage-full
 */
export async function unzstd({ from, to, packedBytes }: Unpacking): Promise<void> {
  const workerData: ZstdTask = { from, to, packedBytes }
  const worker = new Worker(thread, { workerData })
  try {
    const [end] = (await once(worker, 'message')) as [ZstdEnd]
    if (end.kind === 'too-far') throw expandsTooFar(end.packedBytes)
    if (end.kind === 'full') throw storageFull()
    if (end.kind === 'damaged') {
      throw new FlywheelError('dataset-invalid', `The zstd file is damaged: ${end.what}`, {
        remedy: 'Pack it again and upload it; a window of more than 128 MiB (--ultra, --long) is not read',
      })
    }
  } finally {
    await worker.terminate()
  }
}
