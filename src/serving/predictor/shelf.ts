import type { Answer } from '../messages.js'
import { Batcher } from './batcher.js'
import type { PredictRequest } from './request.js'
import type { ServedModel } from './served-model.js'

interface Place {
  readonly model: Promise<{ served: ServedModel; batcher: Batcher }>
  isLoaded: boolean
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

  get loaded(): string[] {
    return [...this.#places].filter(([, place]) => place.isLoaded).map(([sha256]) => sha256)
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

  /** Answers rows with a version, which is loaded first if it is not there. */
  async predict(sha256: string, request: PredictRequest): Promise<Answer> {
    const place = this.#place(sha256)
    place.users += 1
    try {
      const { batcher } = await place.model
      return await batcher.add(request)
    } finally {
      place.users -= 1
      place.usedAt = performance.now()
    }
  }

  /** Unloads what nobody holds, uses or has used lately. */
  sweep(): void {
    const now = performance.now()
    for (const [sha256, place] of this.#places) {
      const isWanted = this.#held.has(sha256) || place.users > 0 || now - place.usedAt < this.#keepMs
      if (isWanted || !place.isLoaded) continue
      this.#places.delete(sha256)
      void place.model.then(({ served }) => served.dispose())
    }
  }

  #place(sha256: string): Place {
    const known = this.#places.get(sha256)
    if (known) return known
    const place: Place = {
      model: this.#load(sha256).then((served) => ({ served, batcher: new Batcher(served) })),
      isLoaded: false,
      users: 0,
      usedAt: performance.now(),
    }
    this.#places.set(sha256, place)
    place.model.then(
      () => {
        place.isLoaded = true
      },
      // Forgotten, so that the next request tries again: the file may have been mended.
      () => this.#places.delete(sha256),
    )
    return place
  }
}
