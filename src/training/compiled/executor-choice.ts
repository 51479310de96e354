import type { GraphNode } from '../../tensorflow/graph/graph-def.js'
import type { ChosenExecutor } from '../step-runner.js'

/** Operations without a kernel in XLA, or many times slower in a loop that XLA compiles for CPUs. */
const betterAsGraph = /^(Conv|DepthwiseConv|MaxPool|AvgPool|FusedBatchNorm|BlockLSTM|LSTM|GRU|CudnnRNN)/

/**
 * Time that XLA takes to compile a loop, in ms. Measured in seconds of one core, by the nodes of the step: dense
 * networks 82: 0.9, 320: 1.2; a transformer encoder 967: 4.5; unrolled GRU 589: 4.5, LSTM 346: 6.0, 606: 13.9.
 */
const compileMs = (nodes: number): number => 1_000 + 10 * nodes
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
  /** Why that one, in words. */
  readonly reason: string
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
  readonly chosen: ChosenExecutor | null
}): ExecutorChoice {
  const { nodes, totalSteps, deterministic, chosen } = options
  const slow = nodes.find(({ op }) => betterAsGraph.test(op))
  const isDense = nodes.length <= maxNodes && slow === undefined
  const costMs = compileMs(nodes.length)
  const pays = (steps: number, msPerStep: number): boolean => steps * msPerStep * share > costMs
  const calls = { graph: 0, xla: 0 }
  const best = { graph: Infinity, xla: Infinity }
  let current: 'graph' | 'xla' = 'graph'
  let reason = slow
    ? `${slow.op} is faster as a graph than compiled by XLA`
    : isDense
      ? `the training is too short to pay for XLA, which compiles for about ${Math.round(costMs / 1000)} s`
      : `the step has ${nodes.length} operations, more than the ${maxNodes} that XLA is given`
  let isDecided = !isDense
  let isWanted = isDense && deterministic && pays(totalSteps, estimatedMs(options.flopsPerStep))
  if (chosen !== null) {
    isWanted = chosen.name === 'xla'
    reason = chosen.reason
  }
  if (chosen !== null || deterministic) isDecided = true

  return {
    get current() {
      return current
    },
    get reason() {
      return reason
    },
    isXlaDue(stepsDone) {
      if (current === 'xla') return false
      if (isWanted) return true
      return !isDecided && best.graph < Infinity && pays(totalSteps - stepsDone, best.graph)
    },
    tried(outcome) {
      isWanted = false
      if ('reason' in outcome) {
        isDecided = true
        reason = `XLA does not compile it: ${outcome.reason}`
        return
      }
      current = 'xla'
      if (chosen === null) reason = 'the training is long enough to pay for XLA'
    },
    took(steps, ms) {
      if (isDecided || ++calls[current] <= callsBefore) return
      best[current] = Math.min(best[current], ms / steps)
      if (calls.xla < callsBefore + callsMeasured) return
      isDecided = true
      const inMs = (each: 'graph' | 'xla') => `${Number(best[each].toPrecision(3))} ms`
      const isSlower = best.xla > clearlySlower * best.graph
      if (isSlower) current = 'graph'
      reason = `a step took ${inMs('xla')} by XLA, ${inMs('graph')} as a graph`
    },
  }
}

/** A step's time by its size: operations are dispatched in 0.15 ms, and two cores do 3 · 10¹⁰ flops a second. */
const estimatedMs = (flops: number): number => 0.15 + flops / 3e7
