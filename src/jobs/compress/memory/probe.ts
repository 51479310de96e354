import { readFile } from 'node:fs/promises'
import type { TensorFlow } from '../../../contracts/family.js'
import { sizeOfShape } from '../../../datasets/select-rows.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import { residentBytes } from '../../../resident-memory.js'
import { openExecutor } from '../../../serving/predictor/open-executor.js'
import { loadCatalogue, named } from '../../train/catalogue.js'
import { requestRows } from '../latency.js'
import type { ProbeAnswer, ProbeRequest } from './messages.js'

/** The work of a fresh process: opens a version as a predictor does, answers requests, and says how much it has grown by. */
export async function probeMemory(tensorflow: () => Promise<TensorFlow>): Promise<void> {
  const tell = (answer: ProbeAnswer) => process.send?.(answer)
  const catalogue = await loadCatalogue()
  // What every predictor has loaded is no memory of the version.
  await import('../../../serving/predictor/onnx-executor.js')
  process.once('message', (request: ProbeRequest) => {
    measure(request).then(
      (bytes) => tell({ kind: 'measured', bytes }),
      (error: Error) => tell({ kind: 'failed', reason: error.message }),
    )
  })
  tell({ kind: 'ready' })

  async function measure({ manifest, paths, features }: ProbeRequest): Promise<number> {
    const before = await settled()
    const executor = await openExecutor({
      manifest,
      family: named(catalogue.families, manifest.family.name, 'family'),
      head: servedHead(named(catalogue.tasks, manifest.task.name, 'task'), manifest),
      artifacts: { read: (sha256) => readFile(paths[sha256] as string) },
      tensorflow,
      hasGpu: false,
    })
    const width = sizeOfShape(manifest.shapes.inputs[0]?.shape ?? [])
    for (const rows of requestRows) await executor.run(features.slice(0, rows * width), rows)
    const after = await settled()
    executor.dispose()
    return Math.max(1, after - before)
  }
}

/** Resident bytes without what is garbage. */
async function settled(): Promise<number> {
  global.gc?.()
  return residentBytes(process.pid)
}
