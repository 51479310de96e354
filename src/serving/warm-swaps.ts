import type { Deployable, Deployment } from '../registry/deployments.js'

interface WarmSwapsOptions {
  /** Whether a version is in memory. */
  readonly isLoaded: (version: Deployable) => boolean
  /** Loads a version and runs it once. */
  readonly load: (version: Deployable) => Promise<void>
  /** Whether a version is not to be answered with at all, as its signature is wrong. */
  readonly isRefused: (version: Deployable) => boolean
  /** Told where the versions of an alias could not be loaded. */
  readonly onFailure: (what: { model: string; alias: string; error: unknown }) => void
}

type Aliases = ReadonlyMap<string, Deployment>

/**
 * Lets what an alias stood for go on answering until what it stands for now is in memory and warm. Where the new versions
 * can not be loaded the old ones stay, and it is tried again with every look at the aliases. An alias whose old versions
 * are not in memory themselves follows at once: its first request loads the new one; so does one whose new version is refused.
 */
export class WarmSwaps {
  readonly #options: WarmSwapsOptions
  #wanted: Aliases = new Map()
  #answering = new Map<string, Deployment>()
  readonly #underway = new Map<string, Promise<void>>()
  /** Why a version that an alias stands for does not answer yet, by its hash. */
  readonly #failures = new Map<string, string>()

  constructor(options: WarmSwapsOptions) {
    this.#options = options
  }

  /** What answers, by the aliases' keys. */
  get answering(): Aliases {
    return this.#answering
  }

  /** What is to answer, and what answers until that is warm. */
  get all(): Deployment[] {
    return [...new Set([...this.#answering.values(), ...this.#wanted.values()])]
  }

  /** Takes what all aliases stand for now. */
  take(wanted: Aliases): void {
    this.#wanted = wanted
    this.#answering = new Map(
      [...wanted].map(([key, next]) => [key, this.#until(next, this.#answering.get(key))]),
    )
    for (const [key, next] of wanted) {
      if (this.#answering.get(key) === next || this.#underway.has(key)) continue
      this.#underway.set(
        key,
        this.#swap(key).finally(() => this.#underway.delete(key)),
      )
    }
  }

  /** Resolves when the alias answers as it stands, or when its versions could not be loaded. */
  async settled(key: string): Promise<void> {
    await this.#underway.get(key)
  }

  /** Why a version does not answer although an alias stands for it: what its loading has failed with; null for none. */
  failureOf(sha256: string): string | null {
    return this.#failures.get(sha256) ?? null
  }

  /** Whether there is something that answers, and would until other versions are warm. */
  isAnswering(key: string): boolean {
    const before = this.#answering.get(key)
    return before !== undefined && this.#coldOf(before).length === 0
  }

  #until(next: Deployment, before: Deployment | undefined): Deployment {
    if (before === undefined || this.#coldOf(next).length === 0) return next
    if (answeringVersions(next).some(this.#options.isRefused)) return next
    return this.#coldOf(before).length === 0 ? before : next
  }

  async #swap(key: string): Promise<void> {
    for (;;) {
      const next = this.#wanted.get(key)
      if (next === undefined) return
      const cold = this.#coldOf(next)
      const loads = await Promise.allSettled(cold.map(this.#options.load))
      for (const [at, { sha256 }] of cold.entries()) {
        const load = loads[at]
        if (load?.status !== 'rejected') this.#failures.delete(sha256)
        else this.#failures.set(sha256, messageOf(load.reason))
      }
      const failed = loads.find((load) => load.status === 'rejected')
      const latest = this.#wanted.get(key)
      if (latest === undefined) return
      if (!isSame(latest, next)) continue
      if (failed === undefined) this.#answering.set(key, latest)
      else this.#options.onFailure({ model: next.model, alias: next.alias, error: failed.reason })
      return
    }
  }

  #coldOf(deployment: Deployment): Deployable[] {
    return answeringVersions(deployment).filter((version) => !this.#options.isLoaded(version))
  }
}

/** A shadow's answers are given to nobody: nothing waits for it. */
function answeringVersions({ state: { version, weights }, versions }: Deployment): Deployable[] {
  const numbers = weights === null ? [version] : Object.keys(weights).map(Number)
  return numbers.flatMap((number) => versions.get(number) ?? [])
}

const isSame = (some: Deployment, other: Deployment): boolean =>
  JSON.stringify([some.state, hashesOf(some)]) === JSON.stringify([other.state, hashesOf(other)])

const hashesOf = ({ versions }: Deployment): string[] => [...versions.values()].map(({ sha256 }) => sha256)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
