import type { GraphNode } from '../../tensorflow/graph/graph-def.js'
import type { ExecutorName } from '../step-runner.js'

/** Operations without a kernel in XLA, or many times slower in a loop that XLA compiles for CPUs. */
const betterAsGraph = /^(Conv|DepthwiseConv|MaxPool|AvgPool|FusedBatchNorm|BlockLSTM|LSTM|GRU|CudnnRNN)/

/** Time that XLA takes to compile a dense network's loop, in ms (measured: 1 to 3 s of one core). */
const compileMs = 2_000
/** More nodes than this are an unrolled recurrent layer: XLA compiles for many seconds (4,300 nodes: 5 s) and gains a tenth. */
const maxNodes = 3_000
/** XLA makes a dense network's step about so much shorter (measured: a half to two thirds). */
const share = 0.5
/** The first calls of each form are slower: TensorFlow prepares what they need. */
const callsBefore = 2
/** Calls of XLA that are measured before it may be given up, and how much slower it must be: others use the cores too. */
const callsMeasured = 5
const clearlySlower = 1.2

/**
 * Which of the two forms of the loop runs. By rule the graph; XLA for dense networks whose training is long enough to
 * pay for its compilation. Where time may decide, the first calls show how long that will be, and the faster one stays.
 */
export interface ExecutorChoice {
  readonly current: 'graph' | 'xla'
  /** Whether XLA should be tried before the next call. */
  isXlaDue(stepsDone: number): boolean
  /** XLA is ready, or why it is not. */
  tried(outcome: { readonly compileMs: number } | { readonly reason: string }): void
  /** A call took so long. */
  took(steps: number, ms: number): void
}

export function executorChoice(options: {
  readonly nodes: readonly GraphNode[]
  /** Steps of the whole training. */
  readonly totalSteps: number
  /** Of one step, with its backward pass. */
  readonly flopsPerStep: number
  /** Decide by rule alone: the same job takes the same way. */
  readonly deterministic: boolean
  /** What was chosen before: it is kept. */
  readonly chosen: ExecutorName | null
}): ExecutorChoice {
  const { nodes, totalSteps, deterministic, chosen } = options
  const isDense = nodes.length <= maxNodes && !nodes.some(({ op }) => betterAsGraph.test(op))
  const pays = (steps: number, msPerStep: number): boolean => steps * msPerStep * share > compileMs
  const calls = { graph: 0, xla: 0 }
  const best = { graph: Infinity, xla: Infinity }
  let current: 'graph' | 'xla' = 'graph'
  let isDecided = !isDense
  let isWanted = isDense && deterministic && pays(totalSteps, estimatedMs(options.flopsPerStep))
  if (chosen !== null) isWanted = chosen === 'xla'
  if (chosen !== null || deterministic) isDecided = true

  return {
    get current() {
      return current
    },
    isXlaDue(stepsDone) {
      if (current === 'xla') return false
      if (isWanted) return true
      return !isDecided && best.graph < Infinity && pays(totalSteps - stepsDone, best.graph)
    },
    tried(outcome) {
      isWanted = false
      if ('reason' in outcome) isDecided = true
      else current = 'xla'
    },
    took(steps, ms) {
      if (isDecided || ++calls[current] <= callsBefore) return
      best[current] = Math.min(best[current], ms / steps)
      if (calls.xla < callsBefore + callsMeasured) return
      isDecided = true
      if (best.xla > clearlySlower * best.graph) current = 'graph'
    },
  }
}

/** A step's time by its size: operations are dispatched in 0.15 ms, and two cores do 3 · 10¹⁰ flops a second. */
const estimatedMs = (flops: number): number => 0.15 + flops / 3e7
