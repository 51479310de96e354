import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

const RECONNECT_MS = 500

/** One connection that listens to all channels and comes back after an outage. */
export class PostgresListener {
  readonly #connection: () => pg.Client
  readonly #onError: (error: Error) => void
  readonly #callbacks = new Map<string, Set<(payload: string) => void>>()
  #client: Promise<pg.Client> | null = null
  #isClosed = false

  /** @param connection makes a client that is not connected yet */
  constructor(connection: () => pg.Client, onError: (error: Error) => void) {
    this.#connection = connection
    this.#onError = onError
  }

  async add(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>> {
    const callbacks = this.#callbacks.get(channel) ?? new Set()
    const isNew = callbacks.size === 0
    this.#callbacks.set(channel, callbacks.add(callback))
    if (this.#client === null) this.#client = this.#connect()
    else if (isNew) await (await this.#client).query(`listen ${pg.escapeIdentifier(channel)}`)
    await this.#client
    return async () => {
      callbacks.delete(callback)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const client = await this.#client?.catch(() => null)
    await client?.end()
  }

  /** A client that listens to every channel; one that can not is ended, and comes back by whoever asked for it. */
  async #connect(): Promise<pg.Client> {
    const client = this.#connection()
    client.on('error', this.#onError)
    client.on('notification', ({ channel, payload = '' }) => {
      for (const callback of this.#callbacks.get(channel) ?? []) callback(payload)
    })
    try {
      await client.connect()
      for (const channel of this.#callbacks.keys()) {
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      }
    } catch (error) {
      await client.end()
      throw error
    }
    client.on('end', () => void this.#reconnect())
    return client
  }

  async #reconnect(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#client = this.#connect()
        await this.#client
        for (const callbacks of this.#callbacks.values()) for (const callback of callbacks) callback('')
        return
      } catch (error) {
        this.#onError(error as Error)
        await delay(RECONNECT_MS)
      }
    }
  }
}
