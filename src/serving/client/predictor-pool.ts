import { FlywheelError } from '../../contracts/errors.js'
import type { Answer, LoadedVersion, NumericAnswer, PredictorStatus } from '../messages.js'
import type { RowBatch } from '../row-batch.js'
import {
  type PredictorClient,
  type PredictorClientOptions,
  type PredictorState,
  startPredictor,
} from './predictor-client.js'
import { type RequestTerms, unavailable } from './request-table.js'

/** Starts so many predictors alike. @throws what the start of one of them throws; then none is left */
export async function startPredictors(
  options: PredictorClientOptions,
  { count }: { count: number },
): Promise<PredictorPool> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startPredictor(options)))
  const clients = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed === undefined) return new PredictorPool(clients)
  await Promise.all(clients.map((client) => client.close()))
  throw failed.reason
}

/**
 * Predictors that all hold the same versions. A request goes to the one with the fewest that wait, of those that are
 * ready and have its version in memory: while one restarts, the others answer.
 */
export class PredictorPool {
  readonly #clients: readonly PredictorClient[]

  constructor(clients: readonly PredictorClient[]) {
    this.#clients = clients
  }

  /** Ready when one of them is. */
  get state(): PredictorState {
    const states = this.#clients.map(({ state }) => state)
    return states.includes('ready') ? 'ready' : (states[0] ?? 'closed')
  }

  /** Why the last one ended that is not ready; null where none has. */
  get cause(): string | null {
    return this.#clients.map(({ cause }) => cause).find((cause) => cause !== null) ?? null
  }

  /** What the processes that run last said of themselves. */
  get statuses(): readonly PredictorStatus[] {
    return this.#clients.flatMap(({ status }) => (status === null ? [] : [status]))
  }

  get restarts(): number {
    return this.#clients.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** Of the processes that run. */
  get pids(): readonly number[] {
    return this.#clients.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  }

  get waiting(): number {
    return this.#clients.reduce((sum, { waiting }) => sum + waiting, 0)
  }

  /** As {@link PredictorClient.predict}. */
  async predict(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<Answer> {
    return this.#choose(sha256).predict(sha256, rows, terms)
  }

  /** As {@link PredictorClient.predictNumbers}. */
  async predictNumbers(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<NumericAnswer> {
    return this.#choose(sha256).predictNumbers(sha256, rows, terms)
  }

  /**
   * As {@link PredictorClient.load}, in all of them.
   *
   * @throws FlywheelError where it can not be loaded into one; predictor-unavailable where none is there
   */
  async load(sha256: string): Promise<LoadedVersion> {
    const loads = await Promise.allSettled(this.#clients.map((client) => client.load(sha256)))
    const errors = loads.flatMap((load) => (load.status === 'rejected' ? [load.reason] : []))
    // One that restarts loads it when it is there.
    const refusal = errors.find((error) => !isUnavailable(error))
    if (refusal !== undefined) throw refusal
    const loaded = loads.find((load) => load.status === 'fulfilled')
    if (loaded === undefined) throw errors[0] ?? unavailable('There is no predictor')
    return loaded.value
  }

  /** As {@link PredictorClient.hold}. */
  hold(hashes: readonly string[]): void {
    for (const client of this.#clients) client.hold(hashes)
  }

  /** As {@link PredictorClient.drop}. */
  drop(hashes: readonly string[]): void {
    for (const client of this.#clients) client.drop(hashes)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  #choose(sha256: string): PredictorClient {
    const [only, second] = this.#clients
    if (only !== undefined && second === undefined) return only
    const ready = this.#clients.filter(({ state }) => state === 'ready')
    const loaded = ready.filter(({ status }) => status?.loaded.some((version) => version.sha256 === sha256))
    const [first, ...others] = [loaded, ready, this.#clients].find((some) => some.length > 0) ?? []
    if (first === undefined) throw unavailable('There is no predictor')
    return others.reduce((best, client) => (client.waiting < best.waiting ? client : best), first)
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof FlywheelError && error.code === 'predictor-unavailable'
