import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { residentBytes } from '../../src/resident-memory.js'
import { loadModel } from '../../src/serving/predictor/load-model.js'
import { PredictRequest } from '../../src/serving/predictor/request.js'
import { Shelf } from '../../src/serving/predictor/shelf.js'
import { decodeRows, encodeRows } from '../../src/serving/row-batch.js'
import { readServable } from '../../src/serving/servable.js'
import { testTensorFlow } from './tensorflow.js'

/** What a process holds. */
export interface Held {
  readonly bytes: number
  /** Bytes of buffers that JavaScript holds, garbage included. */
  readonly buffers: number
  readonly files: number
  readonly handles: number
}
export interface LoadAndUnload {
  readonly folder: string
  readonly sha256: string
  readonly times: number
}

/** A process in which a predictor's shelf loads a version, answers with it and unloads it, again and again. */
process.once('message', (ask: LoadAndUnload) => void work(ask))

async function work({ folder, sha256, times }: LoadAndUnload): Promise<void> {
  const artifacts = await openArtifactStore(folder)
  const { families, tasks, transforms } = await loadCatalogue()
  const tensorflow = async () => (await testTensorFlow({ threads: 1 })).tf
  const options = { tensorflow, hasGpu: false, artifacts, families, tasks, transforms }
  const shelf = new Shelf({
    load: (hash) => loadModel(hash, options),
    onError: (_, error) => {
      throw error
    },
    keepMs: 0,
  })
  const { reader } = readServable(await artifacts.read(sha256), tasks)
  const rows = decodeRows(encodeRows(reader.read([{ a: 1, job: 'x' }])))
  const { liveHandles } = await testTensorFlow({ threads: 1 })
  const held = async (): Promise<Held> => ({
    buffers: process.memoryUsage().arrayBuffers,
    bytes: await residentBytes(process.pid),
    files: readdirSync('/proc/self/fd').length,
    handles: liveHandles(),
  })
  const cycle = async (): Promise<void> => {
    await shelf.predict(sha256, new PredictRequest(rows, {}))
    shelf.sweep()
    if (shelf.loaded.length > 0) throw new Error('it was not unloaded')
    // Garbage is collected in the next turn.
    await setImmediate()
  }
  // Libraries, compiled code and thread pools come with the first ones.
  for (let time = 0; time < 3; time++) await cycle()
  const before = await held()
  for (let time = 0; time < times; time++) await cycle()
  process.send?.({ before, after: await held() }, () => process.exit(0))
}
