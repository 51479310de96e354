import { InferenceSession } from 'onnxruntime-node'
import { encodeModel, type OnnxModel, type OnnxNode, type OnnxTensor, OnnxType } from '../model-proto.js'

/** What gives floats for floats: their output has the type of their first input. */
const foldable = new Set([
  'Add',
  'Concat',
  'Div',
  'Mul',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Sub',
  'Transpose',
  'Unsqueeze',
])

/** The same model with what depends on no input computed once, so that each layer's weights are a constant. */
export async function foldConstants(model: OnnxModel): Promise<OnnxModel> {
  const constant = constantNodes(model)
  if (constant.size === 0) return model
  const rest = model.nodes.filter((node) => !constant.has(node))
  const read = new Set(rest.flatMap(({ inputs }) => inputs))
  const made = [...constant].flatMap(({ outputs }) => outputs).filter((name) => read.has(name))
  const initializers = [...model.initializers, ...(await compute({ ...model, nodes: [...constant] }, made))]
  return { ...model, nodes: rest, initializers: initializers.filter(({ name }) => read.has(name)) }
}

function constantNodes({ nodes, initializers }: OnnxModel): Set<OnnxNode> {
  const types = new Map(initializers.map(({ name, type }) => [name, type]))
  const constant = new Set<OnnxNode>()
  for (const node of nodes) {
    const { op, inputs, outputs } = node
    if (!foldable.has(op) || types.get(inputs[0] as string) !== OnnxType.FLOAT) continue
    if (!inputs.every((name) => types.has(name))) continue
    for (const name of outputs) types.set(name, OnnxType.FLOAT)
    constant.add(node)
  }
  return constant
}

async function compute(
  { nodes, initializers }: Pick<OnnxModel, 'nodes' | 'initializers'>,
  names: readonly string[],
): Promise<OnnxTensor[]> {
  if (names.length === 0) return []
  const read = new Set(nodes.flatMap(({ inputs }) => inputs))
  const session = await InferenceSession.create(
    encodeModel({
      nodes,
      initializers: initializers.filter(({ name }) => read.has(name)),
      inputs: [],
      outputs: names.map((name) => ({ name })),
    }),
    { logSeverityLevel: 3 },
  )
  try {
    const computed = await session.run({})
    return names.map((name) => {
      const { dims, data } = computed[name] as { dims: readonly number[]; data: unknown }
      const values = Float32Array.from(data as Float32Array)
      return { name, type: OnnxType.FLOAT, shape: dims, bytes: new Uint8Array(values.buffer) }
    })
  } finally {
    await session.release()
  }
}
