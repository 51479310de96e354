import type { Family, TensorFlow } from '../../contracts/family.js'
import type { Artifacts } from '../../contracts/job.js'
import { answersByOnnxForm, type ModelManifest, weightsOf } from '../../contracts/model-manifest.js'
import { readStored } from '../../contracts/stored-blob.js'
import type { Head } from '../../contracts/task.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import type { ExecutorChoice } from '../messages.js'
import type { Executor } from './executor.js'
import { leastMs } from './least-time.js'
import { orDispose } from './or-dispose.js'

export interface OpenOptions {
  readonly manifest: ModelManifest
  readonly family: Family
  readonly head: Head
  readonly artifacts: Pick<Artifacts, 'read'>
  /** Starts TensorFlow: only where something needs it. */
  readonly tensorflow: () => Promise<TensorFlow>
  /** Whether there is one that TensorFlow would use. */
  readonly hasGpu: boolean
}

export interface OpenedExecutor extends Executor {
  readonly choice: ExecutorChoice
}

const opened = (executor: Executor, choice: ExecutorChoice): OpenedExecutor => ({
  choice,
  run: (features, rows) => executor.run(features, rows),
  dispose: () => executor.dispose(),
})

/**
 * Opens what computes a version, warm: on CPUs ONNX Runtime, so that TensorFlow is not loaded; TensorFlow where the
 * version has no ONNX form; and with a GPU whichever answers faster.
 */
export async function openExecutor(options: OpenOptions): Promise<OpenedExecutor> {
  const { manifest, hasGpu } = options
  const width = sizeOfShape(manifest.shapes.inputs[0]?.shape ?? [])
  const byOnnx = await openOnnx(options)
  if (byOnnx === null) {
    const executor = await warm(await openTensorFlow(options), width)
    return opened(executor, { name: 'tensorflow', reason: whyNoOnnx(manifest) })
  }
  if (!hasGpu || answersByOnnxForm(manifest)) {
    return opened(await warm(byOnnx, width), { name: 'onnx', reason: whyOnnx(manifest) })
  }
  return orDispose(byOnnx, async () =>
    orDispose(await openTensorFlow(options), (byTensorFlow) => fasterOf([byOnnx, byTensorFlow], width)),
  )
}

function whyOnnx({ weights, onnx }: ModelManifest): string {
  if (weights === null) return 'the version has an ONNX form alone'
  if (onnx !== undefined && 'int8' in onnx) return 'its ONNX form computes with 8-bit integers'
  return 'it has an ONNX form, and TensorFlow has no GPU to use'
}

function whyNoOnnx({ onnx }: ModelManifest): string {
  if (onnx !== undefined && 'reason' in onnx) return `it has no ONNX form: ${onnx.reason}`
  return 'it has no ONNX form: it was published before versions had one'
}

/** Null where the version has no ONNX form. */
async function openOnnx({ manifest, head, artifacts }: OpenOptions): Promise<Executor | null> {
  const { onnx, shapes } = manifest
  if (onnx === undefined || !('sha256' in onnx)) return null
  const { onnxExecutor } = await import('./onnx-executor.js')
  const bytes = await readStored(artifacts, onnx)
  return onnxExecutor({ bytes, shape: shapes.inputs[0]?.shape ?? [], units: head.units, int8: onnx.int8 })
}

async function openTensorFlow({
  manifest,
  family,
  head,
  artifacts,
  tensorflow,
}: OpenOptions): Promise<Executor> {
  const { networkExecutor } = await import('./network-executor.js')
  const weights = await readStored(artifacts, weightsOf(manifest, 'or an ONNX form'))
  return networkExecutor({ tf: await tensorflow(), family, manifest, weights, head })
}

const warm = (executor: Executor, width: number): Promise<Executor> =>
  orDispose(executor, async () => {
    await executor.run(new Float32Array(width), 1)
    return executor
  })

const timedRuns = 5
const timedRows = [1, 32]

/**
 * The executor that takes less time for one row and for some, each at its best; the other one is disposed of.
 *
 * @param executors ONNX Runtime's and TensorFlow's
 */
async function fasterOf(executors: readonly [Executor, Executor], width: number): Promise<OpenedExecutor> {
  const [first, second] = executors
  const ms = [0, 0]
  for (const rows of timedRows) {
    for (const [i, executor] of executors.entries()) {
      const run = () => executor.run(new Float32Array(rows * width), rows)
      ms[i] = (ms[i] as number) + (await leastMs(run, { runs: timedRuns }))
    }
  }
  const isOnnxFaster = (ms[0] as number) <= (ms[1] as number)
  const [faster, slower] = isOnnxFaster ? [first, second] : [second, first]
  slower.dispose()
  const [onnxMs, tensorflowMs] = ms.map((time) => time.toFixed(3))
  const reason = `1 and ${timedRows.at(-1)} rows took ONNX Runtime ${onnxMs} ms and TensorFlow ${tensorflowMs} ms`
  return opened(faster, { name: isOnnxFaster ? 'onnx' : 'tensorflow', reason })
}
