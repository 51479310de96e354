import { digestOf, idOf, isSameDigest } from './key-token.js'

/** Who is asking. */
export interface KeyHolder {
  readonly id: string
  readonly scopes: readonly string[]
  readonly perMinute: number | null
}

interface KnownKey extends KeyHolder {
  readonly digest: string
}

/** An unknown key makes the ring look into the database, but at most this often. */
const MISS_INTERVAL_MS = 1_000

/**
 * The keys that are in force, held in memory so that a request never waits for the database.
 * `refresh` reads them again; while that fails, the last known ones stay.
 */
export class KeyRing {
  #known: ReadonlyMap<string, KnownKey> = new Map()
  #lastMissMs = 0
  readonly #load: () => Promise<readonly KnownKey[]>
  readonly #adminDigest: string | null

  constructor({
    load,
    adminKey,
  }: {
    load: () => Promise<readonly KnownKey[]>
    adminKey: string | null
  }) {
    this.#load = load
    this.#adminDigest = adminKey === null ? null : digestOf(adminKey)
  }

  get size(): number {
    return this.#known.size + (this.#adminDigest === null ? 0 : 1)
  }

  async refresh(): Promise<void> {
    const keys = await this.#load()
    this.#known = new Map(keys.map((key) => [key.id, key]))
  }

  /** Who holds this key, or null. A key that another api has just made is found too. */
  async holder(token: string): Promise<KeyHolder | null> {
    const digest = digestOf(token)
    if (this.#adminDigest !== null && isSameDigest(digest, this.#adminDigest)) return admin
    const id = idOf(token)
    if (id === null) return null
    if (!this.#known.has(id) && Date.now() - this.#lastMissMs > MISS_INTERVAL_MS) {
      this.#lastMissMs = Date.now()
      await this.refresh()
    }
    const key = this.#known.get(id)
    return key && isSameDigest(digest, key.digest) ? key : null
  }
}

/** The key of FLYWHEEL_ADMIN_KEY. */
const admin: KeyHolder = { id: 'admin', scopes: ['admin'], perMinute: null }
