import { readConfig } from '../config.js'
import type { TensorFlow } from '../contracts/family.js'

/** Loads TensorFlow into this process, when it is first needed. */
export async function loadTensorFlow({ deterministic }: { deterministic: boolean }): Promise<TensorFlow> {
  const { library, device } = await chosenLibrary()
  const { startTensorFlow } = await import('../tensorflow/start.js')
  const { tf } = await startTensorFlow({ library, device, deterministic })
  return tf
}

/** Whether TensorFlow computes on a GPU here; where its library has no kernels for one it is not loaded to find out. */
export async function hasGpu(): Promise<boolean> {
  const { library, device } = await chosenLibrary()
  if (device === 'cpu' || !library.includes('/gpu/')) return false
  const { startTensorFlow } = await import('../tensorflow/start.js')
  const started = await startTensorFlow({ library, device })
  return started.device.kind === 'gpu'
}

async function chosenLibrary() {
  const { findLibrary } = await import('../tensorflow/library.js')
  const { tensorflowFolder: folder, device } = readConfig()
  return { library: findLibrary({ folder, device }), device }
}
