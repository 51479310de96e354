interface Duration {
  readonly count: number
  readonly ns: number
}

interface Batch {
  executions: number
  inferMs: number
}

interface Counts {
  succeeded: number
  failed: number
  rows: number
  executions: number
  lastAt: number
  successMs: number
  failMs: number
  queueMs: number
  inputMs: number
  inferMs: number
  outputMs: number
  readonly batches: Map<number, Batch>
}

/** How one request was answered, in milliseconds. */
export interface AnsweredRequest {
  /** Its own, of `batchRows` that were computed together. */
  readonly rows: number
  readonly batchRows: number
  /** From its arrival until it went to the predictor. */
  readonly inputMs: number
  readonly queueMs: number
  readonly computeMs: number
  /** From its arrival until the predictor's answer was here. */
  readonly totalMs: number
}

/** As Triton's statistics extension has it; durations are sums over requests, in nanoseconds. */
export interface VersionStatistics {
  readonly name: string
  readonly version: string
  /** Milliseconds since 1970 at which the last request came to the model; 0 for none. */
  readonly last_inference: number
  /** Rows that were answered. */
  readonly inference_count: number
  /** Batches that were computed for them. */
  readonly execution_count: number
  readonly inference_stats: Record<string, Duration>
  readonly batch_stats: {
    readonly batch_size: number
    readonly compute_input: Duration
    readonly compute_infer: Duration
    readonly compute_output: Duration
  }[]
}

/** Sizes of batches told apart; larger ones count with the last, so that a version needs bounded memory. */
const BATCH_SIZES = 128

/**
 * Counts what each version has answered since this process began, for Triton's statistics extension
 * (triton-inference-server/server, docs/protocol/extension_statistics.md).
 */
export class InferenceStatistics {
  readonly #counts = new Map<string, Counts>()

  succeeded(version: { model: string; version: number }, answered: AnsweredRequest): void {
    const { rows, batchRows, inputMs, queueMs, computeMs, totalMs } = answered
    const counts = this.#of(version)
    // Of a batch that several requests share each counts its part: over all of them it is one execution.
    const share = rows / batchRows
    counts.succeeded += 1
    counts.rows += rows
    counts.executions += share
    counts.successMs += totalMs
    counts.inputMs += inputMs
    counts.queueMs += queueMs
    counts.inferMs += computeMs
    counts.outputMs += Math.max(0, totalMs - inputMs - queueMs - computeMs)
    const isKnown = counts.batches.has(batchRows) || counts.batches.size < BATCH_SIZES
    const size = isKnown ? batchRows : Math.max(...counts.batches.keys())
    const batch = counts.batches.get(size) ?? { executions: 0, inferMs: 0 }
    batch.executions += share
    batch.inferMs += computeMs * share
    counts.batches.set(size, batch)
  }

  failed(version: { model: string; version: number }, totalMs: number): void {
    const counts = this.#of(version)
    counts.failed += 1
    counts.failMs += totalMs
  }

  /** Of these versions, which are all that there are; what was counted for others is forgotten. */
  ofAll(versions: readonly { model: string; version: number }[]): VersionStatistics[] {
    const known = new Set(versions.map(keyOf))
    for (const key of this.#counts.keys()) if (!known.has(key)) this.#counts.delete(key)
    return versions.map((version) => this.of(version))
  }

  of(version: { model: string; version: number }): VersionStatistics {
    const counts = this.#counts.get(keyOf(version)) ?? empty()
    const { succeeded, failed } = counts
    const of = (ms: number): Duration => ({ count: succeeded, ns: nanoseconds(ms) })
    return {
      name: version.model,
      version: String(version.version),
      last_inference: counts.lastAt,
      inference_count: counts.rows,
      execution_count: Math.round(counts.executions),
      inference_stats: {
        success: of(counts.successMs),
        fail: { count: failed, ns: nanoseconds(counts.failMs) },
        queue: of(counts.queueMs),
        compute_input: of(counts.inputMs),
        compute_infer: of(counts.inferMs),
        compute_output: of(counts.outputMs),
        // There is no response cache.
        cache_hit: { count: 0, ns: 0 },
        cache_miss: { count: 0, ns: 0 },
      },
      batch_stats: [...counts.batches]
        .sort(([a], [b]) => a - b)
        .map(([size, { executions, inferMs }]) => ({
          batch_size: size,
          // Measured for whole requests alone, which batches may share.
          compute_input: { count: 0, ns: 0 },
          compute_infer: { count: Math.round(executions), ns: nanoseconds(inferMs) },
          compute_output: { count: 0, ns: 0 },
        })),
    }
  }

  #of(version: { model: string; version: number }): Counts {
    const key = keyOf(version)
    const counts = this.#counts.get(key) ?? empty()
    this.#counts.set(key, counts)
    counts.lastAt = Date.now()
    return counts
  }
}

const keyOf = ({ model, version }: { model: string; version: number }): string => `${model}/${version}`

const nanoseconds = (ms: number): number => Math.round(ms * 1e6)

const empty = (): Counts => ({
  succeeded: 0,
  failed: 0,
  rows: 0,
  executions: 0,
  lastAt: 0,
  successMs: 0,
  failMs: 0,
  queueMs: 0,
  inputMs: 0,
  inferMs: 0,
  outputMs: 0,
  batches: new Map(),
})
