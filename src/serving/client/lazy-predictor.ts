import { FlywheelError } from '../../contracts/errors.js'
import type { Answer, LoadedVersion, NumericAnswer, PredictorStatus } from '../messages.js'
import type { RowBatch } from '../row-batch.js'
import type { PredictorPool } from './predictor-pool.js'
import type { RequestTerms } from './request-table.js'

/** Predictors that are started when the server listens, or when something is first asked or to be held. */
export class LazyPredictor {
  readonly #open: () => Promise<PredictorPool>
  #opening: Promise<PredictorPool> | null = null
  #openError: string | null = null
  #client: PredictorPool | null = null
  #held: readonly string[] = []
  #isClosed = false
  /** Told of every request that failed, by the error's code. */
  onFailure: (code: string) => void = () => {}

  constructor(open: () => Promise<PredictorPool>) {
    this.#open = open
  }

  get waiting(): number {
    return this.#client?.waiting ?? 0
  }

  get restarts(): number {
    return this.#client?.restarts ?? 0
  }

  /** What the processes last said of themselves; those that have not said anything are left out. */
  get statuses(): readonly PredictorStatus[] {
    return this.#client?.statuses ?? []
  }

  get pids(): readonly number[] {
    return this.#client?.pids ?? []
  }

  /** A version as it is in memory; null where none of the processes has it. */
  loaded(sha256: string): LoadedVersion | null {
    const versions = this.statuses.flatMap(({ loaded }) => loaded)
    return versions.find((version) => version.sha256 === sha256) ?? null
  }

  /** Ready also while nothing has asked for a process yet. */
  get health(): { ready: boolean; reason?: string } {
    if (this.#openError !== null) return { ready: false, reason: this.#openError }
    if (this.#opening === null) return { ready: true, reason: 'not started: no version is deployed' }
    const { state = 'starting', cause = null } = this.#client ?? {}
    if (state === 'ready') return { ready: true }
    return { ready: false, reason: cause === null ? `it is ${state}` : `it is ${state}: ${cause}` }
  }

  async start(): Promise<void> {
    await this.#started()
  }

  /** As {@link PredictorPool.hold}. */
  hold(hashes: readonly string[]): void {
    this.#held = hashes
    if (this.#client) this.#client.hold(hashes)
    else if (hashes.length > 0 && !this.#isClosed) {
      // The reason stands in `health`; the next call tries again.
      this.#started().catch((error: Error) => {
        this.#openError = error.message
      })
    }
  }

  /** As {@link PredictorPool.drop}. */
  drop(hashes: readonly string[]): void {
    this.#client?.drop(hashes)
  }

  /** As {@link PredictorPool.predict}. */
  predict(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<Answer> {
    return this.#counted((client) => client.predict(sha256, rows, terms))
  }

  /** As {@link PredictorPool.predictNumbers}. */
  predictNumbers(sha256: string, rows: RowBatch, terms: RequestTerms = {}): Promise<NumericAnswer> {
    return this.#counted((client) => client.predictNumbers(sha256, rows, terms))
  }

  async #counted<Result>(ask: (client: PredictorPool) => Promise<Result>): Promise<Result> {
    try {
      return await ask(this.#client ?? (await this.#started()))
    } catch (error) {
      this.onFailure(error instanceof FlywheelError ? error.code : 'internal')
      throw error
    }
  }

  /** As {@link PredictorPool.load}. */
  async load(sha256: string): Promise<LoadedVersion> {
    return (this.#client ?? (await this.#started())).load(sha256)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await (await this.#opening?.catch(() => null))?.close()
  }

  #started(): Promise<PredictorPool> {
    if (this.#isClosed) throw new FlywheelError('predictor-unavailable', 'The predictor is closed')
    this.#opening ??= this.#open().then(
      (client) => {
        this.#client = client
        this.#openError = null
        client.hold(this.#held)
        return client
      },
      (error: unknown) => {
        this.#opening = null
        throw error
      },
    )
    return this.#opening
  }
}
