import type { Digit } from '../../demo/digits.js'
import { bodyOf } from './bodies.js'
import { RawConnection, rawPost } from './raw-connection.js'

/** One request under a load, in milliseconds of `performance.now()`. */
interface Asked {
  readonly sentAt: number
  readonly answeredAt: number
  readonly version: number
}

/** Clients that ask without a pause, and know which version answered. */
export class SteadyLoad {
  readonly #connections: readonly RawConnection[]
  readonly #request: Buffer
  #asked: Asked[] = []
  #isStopped = false
  #loops: Promise<unknown> = Promise.resolve()
  #answers = 0
  /** What requests that failed were told. */
  readonly failures: string[] = []

  private constructor(connections: readonly RawConnection[], request: Buffer) {
    this.#connections = connections
    this.#request = request
  }

  static async start(url: URL, { clients, digit }: { clients: number; digit: Digit }): Promise<SteadyLoad> {
    const connections = await Promise.all(Array.from({ length: clients }, () => RawConnection.open(url)))
    const load = new SteadyLoad(connections, rawPost(url, bodyOf('instances', [digit])))
    load.#loops = Promise.all(connections.map((connection) => load.#ask(connection)))
    return load
  }

  get answers(): number {
    return this.#answers
  }

  /** What was asked since the last call. */
  take(): readonly Asked[] {
    const asked = this.#asked
    this.#asked = []
    return asked
  }

  /** Waits until so many more requests were answered. */
  async answered(count: number): Promise<void> {
    const wanted = this.#answers + count
    while (this.#answers < wanted && !this.#isStopped) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#loops
    for (const connection of this.#connections) connection.close()
  }

  async #ask(connection: RawConnection): Promise<void> {
    while (!this.#isStopped) {
      const sentAt = performance.now()
      try {
        const { status, head, body } = await connection.send(this.#request)
        if (status !== 200) this.failures.push(`${status} ${body}`)
        const version = Number(/\r\nx-model-version: (\d+)/i.exec(head)?.[1])
        this.#asked.push({ sentAt, answeredAt: performance.now(), version })
      } catch (error) {
        this.failures.push((error as Error).message)
        return
      }
      this.#answers += 1
    }
  }
}
