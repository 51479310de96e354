import { type RawAnswer, RawConnection } from './raw-connection.js'

export interface Loaded {
  /** Requests that were answered with 200. */
  readonly answered: number
  readonly failed: number
  /** What the first one that failed was told; null without one. */
  readonly failure: string | null
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** 99th percentile of how late the client itself was to send what was due; null in a closed loop, where nothing is due. */
  readonly lateP99Ms: number | null
  /** Of one core, that the client itself took. */
  readonly clientShare: number
}

export interface Target {
  readonly url: URL
  /** Whole requests, sent in turn. */
  readonly requests: readonly Buffer[]
  readonly seconds: number
}

/** What came of the requests of one measurement. */
class Tally {
  readonly #latencies: number[] = []
  readonly #late: number[] = []
  readonly #startedAt = performance.now()
  readonly #cpuBefore = process.cpuUsage()
  #failed = 0
  #failure: string | null = null

  answered({ status, body }: RawAnswer, latencyMs: number): void {
    if (status === 200) this.#latencies.push(latencyMs)
    else this.failed(`${status} ${body.toString('utf8', 0, 500)}`)
  }

  /** @param lateMs how long after it was due the client came to a request */
  came(lateMs: number): void {
    this.#late.push(lateMs)
  }

  failed(message: string): void {
    this.#failed += 1
    this.#failure ??= message
  }

  result(): Loaded {
    const elapsedMs = performance.now() - this.#startedAt
    const { user, system } = process.cpuUsage(this.#cpuBefore)
    return {
      answered: this.#latencies.length,
      failed: this.#failed,
      failure: this.#failure,
      perSecond: (this.#latencies.length * 1_000) / elapsedMs,
      p50Ms: quantile(this.#latencies, 0.5),
      p99Ms: quantile(this.#latencies, 0.99),
      lateP99Ms: this.#late.length === 0 ? null : quantile(this.#late, 0.99),
      clientShare: (user + system) / 1_000 / elapsedMs,
    }
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
}

/** Closed loop: each client sends its next request when the one before is answered, over a kept connection. */
export async function closedLoop(
  { url, requests, seconds }: Target,
  { clients }: { clients: number },
): Promise<Loaded> {
  const connections = await Promise.all(Array.from({ length: clients }, () => RawConnection.open(url)))
  const tally = new Tally()
  const until = performance.now() + seconds * 1_000
  let next = 0
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const sentAt = performance.now()
        if (sentAt >= until) return
        const answer = await connection.send(requests[next++ % requests.length] as Buffer)
        tally.answered(answer, performance.now() - sentAt)
      }
    }),
  )
  const result = tally.result()
  for (const connection of connections) connection.close()
  return result
}

const tickMs = 1
const mostConnections = 1_024
/** Requests of the first part are sent and not counted: connections are opened then, and code is compiled. */
const openWarmUpMs = 500

/**
 * Open loop: requests come at a constant rate whatever the server does, those of a millisecond at its beginning. Each one's
 * latency counts from when it was due, so that waiting in the client because answers are late is not left out
 * (coordinated omission: Tene, How NOT to Measure Latency).
 */
export async function openLoop(
  { url, requests, seconds }: Target,
  { perSecond }: { perSecond: number },
): Promise<Loaded> {
  const idle = await Promise.all(Array.from({ length: 64 }, () => RawConnection.open(url)))
  const all = [...idle]
  /** When those were due for which there is no connection yet. */
  const queue: number[] = []
  const warmUp = new Tally()
  let tally = warmUp
  let opened = idle.length
  let underway = 0
  let ended: () => void = () => {}

  async function ask(dueAt: number): Promise<void> {
    const connection = idle.pop()
    if (connection === undefined) {
      queue.push(dueAt)
      if (opened < mostConnections) await connect()
      return
    }
    underway += 1
    const counted = dueAt < measuredFrom ? warmUp : tally
    try {
      const answer = await connection.send(requests[sent++ % requests.length] as Buffer)
      counted.answered(answer, performance.now() - dueAt)
      release(connection)
    } catch (error) {
      counted.failed((error as Error).message)
    }
    underway -= 1
    if (underway === 0 && queue.length === 0) ended()
  }
  async function connect(): Promise<void> {
    opened += 1
    const connection = await RawConnection.open(url)
    all.push(connection)
    release(connection)
  }
  function release(connection: RawConnection): void {
    idle.push(connection)
    const dueAt = queue.shift()
    if (dueAt !== undefined) void ask(dueAt)
  }

  let sent = 0
  let asked = 0
  const startedAt = performance.now()
  const measuredFrom = startedAt + openWarmUpMs
  const ticks = openWarmUpMs / tickMs + seconds * 1_000
  for (let tick = 0; tick < ticks; ) {
    const elapsedMs = performance.now() - startedAt
    for (; tick <= elapsedMs / tickMs && tick < ticks; tick++) {
      const wanted = Math.floor(((tick + 1) * perSecond) / 1_000)
      const dueAt = startedAt + tick * tickMs
      if (tally === warmUp && dueAt >= measuredFrom) tally = new Tally()
      for (; asked < wanted; asked++) {
        tally.came(performance.now() - dueAt)
        void ask(dueAt)
      }
    }
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, startedAt + tick - performance.now())))
  }
  if (underway > 0 || queue.length > 0) {
    await new Promise<void>((resolve) => {
      ended = resolve
    })
  }
  for (const connection of all) connection.close()
  const [before, result] = [warmUp.result(), tally.result()]
  // Whenever one failed: none may.
  return { ...result, failed: before.failed + result.failed, failure: before.failure ?? result.failure }
}
