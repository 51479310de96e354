import type { CompressionSource } from '../../compression/method.js'
import type { Latency } from '../../evaluation/report/compression-schema.js'
import type { Executor } from '../../serving/predictor/executor.js'

/** Rows of the requests that a version is measured with. */
export const requestRows = [1, 32] as const
const warmRuns = 20
/** As many of each, or as fit into the time. */
const mostRuns = 400
const mostMs = 3_000
const fewestRuns = 30

/**
 * How long two executors take, measured in turns on the same rows, so that what else the machine does meets both.
 *
 * @param options.features [rows, width], row-major, at least one row
 */
export async function measureLatency(
  { parent, child }: { readonly parent: Executor; readonly child: Executor },
  { features, width, signal }: { features: Float32Array; width: number; signal: AbortSignal },
): Promise<Latency> {
  const measured = await inTurn(requestRows, async (batch) => {
    const rows = repeated(features, batch * width)
    const ms: { parent: number[]; child: number[] } = { parent: [], child: [] }
    const timed = async (executor: Executor): Promise<number> => {
      const started = performance.now()
      await executor.run(rows, batch)
      return performance.now() - started
    }
    for (let run = 0; run < warmRuns; run++) for (const each of [parent, child]) await timed(each)
    const started = performance.now()
    for (let run = 0; run < mostRuns; run++) {
      if (run >= fewestRuns && performance.now() - started > mostMs) break
      signal.throwIfAborted()
      ms.parent.push(await timed(parent))
      ms.child.push(await timed(child))
    }
    const figures = { parent: quantiles(ms.parent), child: quantiles(ms.child) }
    return {
      rows: batch,
      runs: ms.parent.length,
      ...figures,
      speedup: figures.parent.p50Ms / figures.child.p50Ms,
    }
  })
  return measured
}

async function inTurn<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

/** The first numbers, from the beginning again where there are too few. */
export const repeated = (values: Float32Array, length: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => values[at % values.length] as number)

function quantiles(ms: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = Float64Array.from(ms).sort()
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Rows that latency is measured with: test rows, else others. */
export const measuredRows = ({ rows }: Pick<CompressionSource, 'rows'>): Int32Array =>
  [rows.test, rows.validation, rows.training].find((part) => part.length > 0)?.subarray(0, 32) ??
  new Int32Array(0)
