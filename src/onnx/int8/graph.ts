import type { OnnxModel, OnnxNode, OnnxTensor } from '../model-proto.js'
import { OnnxType } from '../model-proto.js'

/** Who makes and who reads each tensor of a model. */
export class Graph {
  readonly nodes: readonly OnnxNode[]
  readonly #initializers: ReadonlyMap<string, OnnxTensor>
  readonly #producers = new Map<string, OnnxNode>()
  readonly #readers = new Map<string, OnnxNode[]>()
  readonly #outputs: ReadonlySet<string>

  constructor({ nodes, initializers, outputs }: OnnxModel) {
    this.nodes = nodes
    this.#initializers = new Map(initializers.map((tensor) => [tensor.name, tensor]))
    this.#outputs = new Set(outputs.map(({ name }) => name))
    for (const node of nodes) {
      for (const name of node.outputs) this.#producers.set(name, node)
      for (const name of new Set(node.inputs)) {
        this.#readers.set(name, [...(this.#readers.get(name) ?? []), node])
      }
    }
  }

  producer(name: string): OnnxNode | undefined {
    return this.#producers.get(name)
  }

  /** Null where there are several, or it is an output of the model. */
  onlyReader(name: string): OnnxNode | null {
    const readers = this.#readers.get(name) ?? []
    return readers.length === 1 && !this.#outputs.has(name) ? (readers[0] as OnnxNode) : null
  }

  /** Null where it is computed, or holds no floats. */
  floats(name: string): { readonly shape: readonly number[]; readonly values: Float32Array } | null {
    const tensor = this.#initializers.get(name)
    if (tensor?.type !== OnnxType.FLOAT) return null
    return { shape: tensor.shape, values: new Float32Array(Uint8Array.from(tensor.bytes).buffer) }
  }
}
