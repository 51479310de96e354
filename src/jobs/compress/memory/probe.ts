import { readFile } from 'node:fs/promises'
import type { TensorFlow } from '../../../contracts/family.js'
import { sizeOfShape } from '../../../datasets/select-rows.js'
import { servedHead } from '../../../evaluation/calibration/served-head.js'
import { encodeModel } from '../../../onnx/model-proto.js'
import { onnxPorts } from '../../../onnx/ports.js'
import { residentBytes } from '../../../resident-memory.js'
import { openExecutor } from '../../../serving/predictor/open-executor.js'
import { loadCatalogue, named } from '../../train/catalogue.js'
import { requestRows } from '../latency.js'
import type { ProbeAnswer, ProbeRequest } from './messages.js'

/** The work of a fresh process: opens a version as a predictor does, answers requests, and says how much it has grown by. */
export async function probeMemory(tensorflow: () => Promise<TensorFlow>): Promise<void> {
  const tell = (answer: ProbeAnswer) => process.send?.(answer)
  const catalogue = await loadCatalogue()
  await warmRuntime()
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

/** What a predictor's first version brings along, ONNX Runtime and its threads, is no memory of the version. */
async function warmRuntime(): Promise<void> {
  const { onnxExecutor } = await import('../../../serving/predictor/onnx-executor.js')
  const { input, output } = onnxPorts
  const executor = await onnxExecutor({
    bytes: encodeModel({
      nodes: [{ op: 'Identity', inputs: [input], outputs: [output], attributes: {} }],
      initializers: [],
      inputs: [{ name: input, shape: ['rows', 1] }],
      outputs: [{ name: output, shape: ['rows', 1] }],
    }),
    shape: [1],
    units: 1,
  })
  await executor.run(new Float32Array(1), 1)
  executor.dispose()
}

/** Resident bytes without what is garbage. */
async function settled(): Promise<number> {
  global.gc?.()
  return residentBytes(process.pid)
}
