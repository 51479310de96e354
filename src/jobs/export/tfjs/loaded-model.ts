import type { GraphModel, io, LayersModel } from '@tensorflow/tfjs'
import type { TensorFlow } from '../../../contracts/family.js'

/** What is used of a graph model's executor; its types keep it private. A node that it can not run has no category. */
interface Executor {
  readonly graph: { readonly nodes: Readonly<Record<string, { op: string; category?: string }>> }
}

/**
 * A written model as TensorFlow.js loads it.
 *
 * @throws Error that names the operations which TensorFlow.js can not run
 */
export async function loadedModel(
  tf: TensorFlow,
  artifacts: io.ModelArtifacts,
): Promise<GraphModel | LayersModel> {
  const source = tf.io.fromMemory(artifacts)
  if (artifacts.format !== 'graph-model') return tf.loadLayersModel(source)
  const model = await tf.loadGraphModel(source)
  const { executor } = model as unknown as { executor: Executor }
  const unknown = Object.values(executor.graph.nodes).filter(({ category }) => category === undefined)
  if (unknown.length === 0) return model
  model.dispose()
  const names = [...new Set(unknown.map(({ op }) => op))].join(', ')
  throw new Error(`TensorFlow.js can not run the model’s operations ${names}`)
}
