import { readConfig } from '../config.js'
import type { TensorFlow } from '../contracts/family.js'

/** Loads TensorFlow into this process, when it is first needed. */
export async function loadTensorFlow({ deterministic }: { deterministic: boolean }): Promise<TensorFlow> {
  const { findLibrary } = await import('../tensorflow/library.js')
  const { startTensorFlow } = await import('../tensorflow/start.js')
  const { tensorflowFolder: folder, device } = readConfig()
  const { tf } = await startTensorFlow({ library: findLibrary({ folder, device }), device, deterministic })
  return tf
}
