import { FlywheelError } from '../../contracts/errors.js'
import type { LoadedVersion } from '../messages.js'
import type { BatchedAnswer } from './batched-answer.js'
import { Batcher } from './batcher.js'
import { collectGarbage } from './collect-garbage.js'
import type { PredictRequest } from './request.js'
import type { ServedModel } from './served-model.js'

interface Place {
  readonly model: Promise<Batcher>
  /** Null until it is loaded, as the batcher. */
  served: ServedModel | null
  batcher: Batcher | null
  /** Requests that wait for it or for their answer. */
  users: number
  usedAt: number
}

/** The versions in memory, by the manifest's sha256: those that are held, and those that were asked for lately. */
export class Shelf {
  readonly #load: (sha256: string) => Promise<ServedModel>
  readonly #onError: (sha256: string, error: unknown) => void
  readonly #keepMs: number
  readonly #places = new Map<string, Place>()
  #held: ReadonlySet<string> = new Set()

  constructor({
    load,
    onError,
    keepMs = 60_000,
  }: {
    load: (sha256: string) => Promise<ServedModel>
    /** Told of held versions that can not be loaded. */
    onError: (sha256: string, error: unknown) => void
    /** How long a version that is not held stays after its last use. */
    keepMs?: number
  }) {
    this.#load = load
    this.#onError = onError
    this.#keepMs = keepMs
  }

  get loaded(): LoadedVersion[] {
    return [...this.#places].flatMap(([sha256, { served }]) =>
      served === null ? [] : [{ sha256, executor: served.executor }],
    )
  }

  /** How long the batch that runs longest has been running, in milliseconds. */
  get runningMs(): number {
    const since = [...this.#places.values()].map(({ batcher }) => batcher?.runningSince ?? null)
    const now = performance.now()
    return Math.max(0, ...since.map((at) => (at === null ? 0 : now - at)))
  }

  get isIdle(): boolean {
    return [...this.#places.values()].every((place) => place.users === 0)
  }

  /** Loads what is named and not there yet; what is named no more may go. */
  hold(hashes: readonly string[]): void {
    this.#held = new Set(hashes)
    for (const sha256 of this.#held) {
      this.#place(sha256).model.catch((error: unknown) => this.#onError(sha256, error))
    }
  }

  /** Unloads at once what is named, but for what is held or in use: that stays as long as it else would. */
  drop(hashes: readonly string[]): void {
    for (const sha256 of hashes) {
      const place = this.#places.get(sha256)
      if (place) place.usedAt = Number.NEGATIVE_INFINITY
    }
    this.sweep()
  }

  /** Answers rows with a version, which is loaded first if it is not there. */
  async predict(sha256: string, request: PredictRequest): Promise<BatchedAnswer> {
    const place = this.#place(sha256)
    place.users += 1
    try {
      const batcher = await place.model
      return await batcher.add(request)
    } finally {
      place.users -= 1
      place.usedAt = performance.now()
    }
  }

  /** Loads a version, if it is not there, and runs it once. */
  async load(sha256: string): Promise<LoadedVersion> {
    const place = this.#place(sha256)
    place.users += 1
    try {
      await place.model
      return { sha256, executor: (place.served as ServedModel).executor }
    } finally {
      place.users -= 1
      place.usedAt = performance.now()
    }
  }

  /** Unloads what nobody holds, uses or has used lately. */
  sweep(): void {
    this.#unload(this.#keepMs)
  }

  /** @param keepMs how long what nobody holds stays after its last use; @returns how many versions went */
  #unload(keepMs: number): number {
    const now = performance.now()
    let unloaded = 0
    for (const [sha256, place] of this.#places) {
      const isWanted = this.#held.has(sha256) || place.users > 0 || now - place.usedAt < keepMs
      if (isWanted || place.served === null) continue
      this.#places.delete(sha256)
      place.served.dispose()
      unloaded += 1
    }
    if (unloaded > 0) collectGarbage()
    return unloaded
  }

  /** Where a version does not fit, those make room that nobody holds or uses now. */
  async #loadWithRoom(sha256: string): Promise<ServedModel> {
    try {
      return await this.#load(sha256)
    } catch (error) {
      const isTooLarge = error instanceof FlywheelError && error.code === 'memory-insufficient'
      if (!isTooLarge || this.#unload(0) === 0) throw error
      return this.#load(sha256)
    }
  }

  #place(sha256: string): Place {
    const known = this.#places.get(sha256)
    if (known) return known
    const place: Place = {
      model: this.#loadWithRoom(sha256).then((served) => {
        place.served = served
        place.batcher = new Batcher(served)
        collectGarbage()
        return place.batcher
      }),
      served: null,
      batcher: null,
      users: 0,
      usedAt: performance.now(),
    }
    this.#places.set(sha256, place)
    // Forgotten, so that the next request tries again: the file may have been mended.
    place.model.catch(() => this.#places.delete(sha256))
    return place
  }
}
