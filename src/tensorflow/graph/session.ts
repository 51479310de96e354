import type { TensorFlow } from '../../contracts/family.js'
import type { Pointer } from '../c-api.js'
import { encodeConfigProto, type SessionConfig } from '../config-proto.js'
import type { TensorValues } from '../data-types.js'
import { type Native, nativeOf } from '../native.js'
import { createStatus } from '../status.js'
import {
  createGraph,
  deleteGraph,
  extendGraph,
  type GraphFunction,
  type GraphPart,
  operationOf,
  outputsOf,
} from './function-library.js'
import type { Output } from './graph-builder.js'
import type { GraphNode } from './graph-def.js'

/** A value that a call is given for a placeholder. */
export interface Fed {
  readonly dtype: number
  readonly shape: readonly number[]
  readonly values: unknown
  /** Of a feed block: it holds the values already, and stays the caller's. */
  readonly tensor?: Pointer
}

/** A prepared run of a part of the graph. Runs of one session may overlap. */
export interface Call {
  /** On this thread: for what takes microseconds, and where nothing else waits. */
  run(fed: readonly Fed[]): TensorValues[]
  /** Off the event loop. */
  runAside(fed: readonly Fed[]): Promise<TensorValues[]>
}

export interface Session {
  /** `feeds` and `fetches` are outputs, `targets` nodes that are run for their effects. */
  prepare(call: {
    readonly name: string
    readonly feeds?: readonly Output[]
    readonly fetches?: readonly Output[]
    readonly targets?: readonly string[]
  }): Call
  /** How long calls have run off the event loop, in ms: one after the other, since the first. */
  readonly asideMs: number
  /** Adds nodes to the graph. Variables are the same where their names are. */
  extend(part: GraphPart): void
  /** Frees the graph and its variables, once the last running call has ended. */
  dispose(): void
}

/**
 * Opens a session on a graph. Variables live as long as it does.
 *
 * @throws FlywheelError tensorflow-failed when TensorFlow refuses the graph
 */
export function openSession({
  tf,
  nodes,
  functions = [],
  config = {},
}: {
  readonly tf: TensorFlow
  readonly nodes: readonly GraphNode[]
  readonly functions?: readonly GraphFunction[]
  readonly config?: Partial<SessionConfig>
}): Session {
  const native = nativeOf(tf)
  const graph = createGraph(native, { nodes, functions })
  const session = newSession(native, graph, { ...native.config, ...config })
  return sessionOver(native, { graph, session })
}

/** No tensor. */
const none = 0n

/** A native session on its graph, which both become the returned one's, to be freed with it. */
export function sessionOver(
  native: Native,
  { graph, session }: { readonly graph: Pointer; readonly session: Pointer },
): Session {
  const { c, status } = native
  let running = 0
  let asideMs = 0
  let isDisposed = false

  function release(): void {
    if (running > 0 || !isDisposed) return
    c.TF_CloseSession(session, status.pointer)
    c.TF_DeleteSession(session, status.pointer)
    native.count(-1)
    deleteGraph(native, graph)
  }

  return {
    get asideMs() {
      return asideMs
    },
    prepare({ name, feeds = [], fetches = [], targets = [] }) {
      const inputs = outputsOf(native, graph, feeds)
      const outputs = outputsOf(native, graph, fetches)
      const operations = BigUint64Array.from(targets.map((target) => operationOf(native, graph, target)))

      /** What one run needs; `end` reads the results, and `free` frees everything, whatever came of it. */
      function begin(fed: readonly Fed[]) {
        const own = createStatus(c)
        const given = new BigUint64Array(fed.length)
        const results = new BigUint64Array(fetches.length)
        let taken = 0
        running++

        function free(): void {
          running--
          own.dispose()
          for (const [i, tensor] of given.entries()) {
            if (tensor !== none && fed[i]?.tensor === undefined) native.tensors.delete(tensor)
          }
          for (const result of results.subarray(taken)) if (result !== none) c.TF_DeleteTensor(result)
          release()
        }

        try {
          for (const [i, { tensor, dtype, shape, values }] of fed.entries()) {
            given[i] = tensor ?? native.tensors.create(dtype, shape, values)
          }
        } catch (error) {
          free()
          throw error
        }
        return {
          free,
          parameters: [
            session,
            null,
            inputs,
            given,
            feeds.length,
            outputs,
            results,
            fetches.length,
            operations,
            targets.length,
            null,
            own.pointer,
          ] as Parameters<typeof c.TF_SessionRun>,
          end(): TensorValues[] {
            own.check(name)
            return Array.from(results, (result) => {
              taken++
              return native.tensors.take(result)
            })
          },
        }
      }

      return {
        run(fed) {
          const { parameters, end, free } = begin(fed)
          try {
            c.TF_SessionRun(...parameters)
            return end()
          } finally {
            free()
          }
        },
        async runAside(fed) {
          const { parameters, end, free } = begin(fed)
          try {
            const started = performance.now()
            await aside(c.TF_SessionRun, parameters)
            asideMs += performance.now() - started
            return end()
          } finally {
            free()
          }
        },
      }
    },
    extend: (part) => extendGraph(native, graph, part),
    dispose() {
      if (isDisposed) return
      isDisposed = true
      release()
    },
  }
}

function aside<P extends unknown[]>(
  f: { async(...parameters: [...P, (error: Error | null) => void]): void },
  parameters: P,
): Promise<void> {
  return new Promise((resolve, reject) => {
    f.async(...parameters, (error) => (error ? reject(error) : resolve()))
  })
}

function newSession({ c, status, count }: Native, graph: bigint, config: SessionConfig): bigint {
  const options = c.TF_NewSessionOptions()
  try {
    const proto = encodeConfigProto(config)
    c.TF_SetConfig(options, proto, proto.length, status.pointer)
    status.check('SetConfig')
    const session = c.TF_NewSession(graph, options, status.pointer)
    status.check('NewSession')
    count(1)
    return session
  } finally {
    c.TF_DeleteSessionOptions(options)
  }
}
