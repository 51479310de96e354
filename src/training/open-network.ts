import type { LayersModel } from '@tensorflow/tfjs'
import type { TensorFlow } from '../contracts/family.js'
import type { Head } from '../contracts/task.js'
import { isUntraceable } from '../tensorflow/graph/trace.js'
import { type CompiledNetwork, compileNetwork } from './compiled-network.js'
import { runNetwork } from './network.js'

/** A network to predict with, compiled where it can be traced. It owns the model from now on. */
export function openNetwork(options: {
  readonly tf: TensorFlow
  readonly model: LayersModel
  readonly head: Head
}): CompiledNetwork & { readonly executor: 'graph' | 'eager' } {
  const { model } = options
  try {
    const compiled = compileNetwork(options)
    model.dispose()
    return { ...compiled, executor: 'graph' }
  } catch (error) {
    if (!isUntraceable(error)) {
      model.dispose()
      throw error
    }
  }
  const runHere = (features: Float32Array, rows: number) => runNetwork({ ...options, features, rows })
  return {
    executor: 'eager',
    runHere,
    run: async (features, rows) => runHere(features, rows),
    dispose: () => void model.dispose(),
  }
}
