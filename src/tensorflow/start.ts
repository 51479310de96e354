import util from 'node:util'
import { FlywheelError } from '../contracts/errors.js'
import type { TensorFlow } from '../contracts/family.js'
import { loadCApi } from './c-api.js'
import { threadsWithinQuota } from './cpu-quota.js'
import { createEagerBinding, type EagerBinding } from './eager-binding.js'
import { createEagerContext, type Device } from './eager-context.js'
import { registerKernels } from './kernels/register.js'
import { createNative } from './native.js'

export interface StartOptions {
  /** Path of libtensorflow_cc.so.2; see `findLibrary`. */
  readonly library: string
  /** `auto` takes a GPU where one is found; `gpu` refuses to start without. */
  readonly device?: 'auto' | 'cpu' | 'gpu'
  /** One thread and deterministic kernels: the same run gives the same bits. */
  readonly deterministic?: boolean
  /** Threads within and between operations; 0 lets TensorFlow choose. Default: what a container may use, else 0. */
  readonly threads?: number
}

export interface RunningTensorFlow {
  readonly tf: TensorFlow
  readonly device: Pick<Device, 'kind' | 'name'>
  /** TensorFlow's own version. */
  readonly version: string
  /** Native objects that are not freed yet, for tests and metrics. */
  liveHandles(): number
}

let running: { options: string; started: Promise<RunningTensorFlow> } | undefined

/**
 * Loads TensorFlow into this process and registers it with tfjs. Once per process: the thread pool and the
 * determinism of kernels can not be changed later. After a start that failed it may be tried again.
 *
 * @throws FlywheelError tensorflow-failed when the library or the device is not there, or other options are in force
 */
export function startTensorFlow({
  library,
  device = 'auto',
  deterministic = false,
  threads = threadsWithinQuota(),
}: StartOptions): Promise<RunningTensorFlow> {
  const resolved = { library, device, deterministic, threads: deterministic ? 1 : threads }
  const options = JSON.stringify(resolved)
  if (running && running.options !== options) {
    throw new FlywheelError('tensorflow-failed', `TensorFlow runs already with ${running.options}`)
  }
  if (running === undefined) {
    const started = start(resolved)
    running = { options, started }
    started.catch(() => {
      running = undefined
    })
  }
  return running.started
}

async function start({ library, device, deterministic, threads }: Required<StartOptions>) {
  // Read by the library when it is loaded; INFO lines about the build are no news.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'
  if (deterministic) process.env.TF_DETERMINISTIC_OPS = '1'
  const c = load(library)
  const config = { threads, gpuMemoryGrowth: true, cpuOnly: device === 'cpu' }
  const native = createNative(c, config)
  const context = createEagerContext(c, native.status, config)
  if (device === 'gpu' && context.device.kind !== 'gpu') {
    throw new FlywheelError('tensorflow-failed', 'FLYWHEEL_DEVICE=gpu, but TensorFlow finds no GPU', {
      remedy: 'Install the NVIDIA driver, or set FLYWHEEL_DEVICE=auto',
    })
  }
  const binding = createEagerBinding({ native, context })
  const tf = await registerBackend(binding)
  registerKernels(tf, { deterministicGpu: deterministic && context.device.kind === 'gpu' })
  const { kind, name } = context.device
  return { tf, device: { kind, name }, version: binding.TF_Version, liveHandles: binding.liveHandles }
}

function load(library: string) {
  try {
    return loadCApi(library)
  } catch (cause) {
    const { message } = cause as Error
    throw new FlywheelError('tensorflow-failed', `${library} can not be loaded: ${message}`, {
      cause,
      remedy: 'Run npm start once more: it completes the TensorFlow folder',
    })
  }
}

async function registerBackend(binding: EagerBinding): Promise<TensorFlow> {
  // tfjs-node 4.22 calls them; Node 22 warns about them, and Node 23 has them no more.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray })
  const { default: tf } = await import('@tensorflow/tfjs')
  const { default: node } = await import('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js')
  await import('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js')
  const backend = new node.NodeJSKernelBackend(binding as never, '@tensorflow/tfjs-node-gpu')
  tf.registerBackend('tensorflow', () => backend, 3)
  await tf.setBackend('tensorflow')
  return tf
}
