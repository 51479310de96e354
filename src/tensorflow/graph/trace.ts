import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../contracts/errors.js'
import type { TensorFlow } from '../../contracts/family.js'
import type { Backend } from '../operations.js'
import { isOutOfMemory } from '../status.js'
import type { GraphBuilder, Output } from './graph-builder.js'

/** What a traced function may ask about its tensors. */
export interface Trace {
  /** The graph's output that a tensor stands for. @throws FlywheelError when no recorded operation made it */
  outputOf(tensor: Tensor): Output
}

/**
 * Runs a function once, operation by operation, and writes every operation into the graph.
 *
 * Tensors of `inputs` stand for the graph's outputs beside them; tensors that the function makes from
 * JavaScript's values become constants; any other tensor is refused, never silently frozen.
 *
 * @throws FlywheelError tensorflow-failed that names the operation; see `isUntraceable`
 */
export function trace<Result>(options: {
  readonly tf: TensorFlow
  readonly graph: GraphBuilder
  readonly inputs: readonly (readonly [Tensor, Output])[]
  readonly run: (trace: Trace) => Result
}): Result {
  const { tf, graph, inputs, run } = options
  const backend = tf.backend() as unknown as Backend
  const { binding } = backend
  const outputs = new Map<number, Output>()
  const idOf = (tensor: Tensor): number => backend.getInputTensorIds([tensor])[0] as number
  for (const [tensor, output] of inputs) outputs.set(idOf(tensor), output)

  // tfjs hands values over when an operation first reads them: those of other origin come from outside.
  const made = new WeakSet<object>()
  const { move } = backend
  backend.move = (dataId, values, ...rest) => {
    if (typeof values === 'object' && values !== null) made.add(values)
    move.call(backend, dataId, values, ...rest)
  }
  binding.observer = {
    created(id, { dtype, shape, values }) {
      if (made.has(values as object)) outputs.set(id, graph.constant(dtype, shape, values as never))
    },
    executing(name, ids) {
      for (const id of ids) {
        if (!outputs.has(id)) throw untraceable(name, 'reads a tensor from outside the step')
      }
    },
    executed(name, { attributes, ids, results }) {
      const node = graph.recorded(
        name,
        ids.map((id) => outputs.get(id) as Output),
        { attributes: attributes(), shapes: results.map(({ shape }) => shape) },
      )
      results.forEach(({ id }, i) => {
        outputs.set(id, i === 0 ? node : `${node}:${i}`)
      })
    },
    reading(id) {
      if (outputs.has(id)) throw untraceable('read', 'takes a tensor’s values to JavaScript')
    },
  }
  try {
    return run({
      outputOf(tensor) {
        const output = outputs.get(idOf(tensor))
        if (output === undefined) throw untraceable('result', 'is no tensor of the step')
        return output
      },
    })
  } finally {
    binding.observer = null
    backend.move = move
  }
}

/** The error of what can not be written as a graph. */
export function untraceable(operation: string, why: string): FlywheelError {
  return new FlywheelError('tensorflow-failed', `${operation} ${why}`, {
    members: { operation, tensorflowCode: 'UNTRACEABLE' },
    remedy: 'Make it a variable or an input of the step; it runs without being compiled until then',
  })
}

/**
 * Runs what gives TensorFlow a graph of recorded operations: one that it runs alone but refuses in a graph is untraceable.
 *
 * @throws FlywheelError tensorflow-failed that names the operation; see `isUntraceable`
 */
export function openTraced<Result>(open: () => Result): Result {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof FlywheelError) || isOutOfMemory(error)) throw error
    const [, node] = /\bnode '?([\w/]+)|\{\{node ([\w/]+)\}\}/i.exec(error.message)?.filter(Boolean) ?? []
    throw untraceable(node?.replace(/^.*\/|_\d+$/g, '') ?? 'The graph', `is refused: ${error.message}`)
  }
}

/** Whether what was run can not be written as a graph. */
export function isUntraceable(error: unknown): boolean {
  return error instanceof FlywheelError && error.members.tensorflowCode === 'UNTRACEABLE'
}
