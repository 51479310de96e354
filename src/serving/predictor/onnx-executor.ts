import { availableParallelism } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { FlywheelError } from '../../contracts/errors.js'
import { sizeOfShape } from '../../datasets/select-rows.js'
import { hasExactInt8 } from '../../onnx/int8/vnni.js'
import { onnxPorts } from '../../onnx/ports.js'
import type { Executor } from './executor.js'
import { leastMs } from './least-time.js'
import { orDispose } from './or-dispose.js'

/** ONNX Runtime computes on this thread: between slices of about that time, others have their turn. */
const sliceMs = 20
/** A row that takes longer on one thread is worth others: to wake them takes about 20 µs of each layer, and the cores from everyone else. */
const sharedFromMs = 0.25
const timedRuns = 5

/**
 * The network on ONNX Runtime, on CPUs.
 *
 * @param options.bytes the ONNX model of a version, as its trainer made and checked it
 * @param options.shape of one row
 * @throws FlywheelError artifact-damaged when it is no model
 */
export async function onnxExecutor({
  bytes,
  shape,
  units,
  int8,
  cpuInfo = '/proc/cpuinfo',
}: {
  readonly bytes: Uint8Array
  readonly shape: readonly number[]
  readonly units: number
  /** Of a form with 8-bit integers: on a CPU that would add them wrongly it computes with what they stand for, in floats. */
  readonly int8?: { readonly reducedRange: boolean } | undefined
  /** Where Linux describes the CPU. */
  readonly cpuInfo?: string
}): Promise<Executor> {
  const overflows = int8 !== undefined && !int8.reducedRange && !(await hasExactInt8({ cpuInfo }))
  const entries: Entries = overflows ? { disable_quant_qdq: '1' } : {}
  const session = await openWithThreads(bytes, { entries, shape })
  const width = sizeOfShape(shape)
  let rowsAtOnce = 32

  async function slice(features: Float32Array, rows: number): Promise<Float32Array> {
    const started = performance.now()
    const input = new Tensor('float32', features, [rows, ...shape])
    const { [onnxPorts.output]: output } = await session.run({ [onnxPorts.input]: input })
    const msPerRow = (performance.now() - started) / rows
    if (rows >= rowsAtOnce) rowsAtOnce = Math.max(1, Math.floor(sliceMs / msPerRow))
    return output?.data as Float32Array
  }

  return {
    async run(features, rows) {
      if (rows <= rowsAtOnce) return slice(features, rows)
      const outputs = new Float32Array(rows * units)
      for (let start = 0; start < rows; ) {
        const end = Math.min(start + rowsAtOnce, rows)
        outputs.set(await slice(features.subarray(start * width, end * width), end - start), start * units)
        start = end
        await nextTurn()
      }
      return outputs
    },
    dispose: () => void session.release(),
  }
}

type Entries = Readonly<Record<string, string>>

/** On one thread, or where a row of zeros takes long on that, on as many as ONNX Runtime chooses. */
async function openWithThreads(
  bytes: Uint8Array,
  { entries, shape }: { entries: Entries; shape: readonly number[] },
): Promise<InferenceSession> {
  const session = await open(bytes, entries, { intraOpNumThreads: 1 })
  if (availableParallelism() === 1) return session
  const row = new Tensor('float32', new Float32Array(sizeOfShape(shape)), [1, ...shape])
  const ms = await orDispose({ dispose: () => void session.release() }, () =>
    leastMs(() => session.run({ [onnxPorts.input]: row }), { runs: timedRuns, withinMs: sliceMs }),
  )
  if (ms < sharedFromMs) return session
  await session.release()
  return open(bytes, entries)
}

async function open(
  bytes: Uint8Array,
  entries: Entries,
  threads: Pick<InferenceSession.SessionOptions, 'intraOpNumThreads'> = {},
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      ...threads,
      logSeverityLevel: 3,
      // Threads that spin while they wait take the cores from everyone else on the machine.
      extra: { session: { intra_op: { allow_spinning: '0' }, ...entries } },
    })
  } catch (cause) {
    const { message } = cause as Error
    throw new FlywheelError('artifact-damaged', `ONNX Runtime refuses the version’s ONNX form: ${message}`, {
      cause,
    })
  }
}
