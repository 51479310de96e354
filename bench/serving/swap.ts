import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../demo/client.js'
import { median } from '../statistics.js'
import type { Bench, ServingRow } from './bench.js'
import { publishCold } from './service.js'
import { SteadyLoad } from './steady-load.js'
import { atMost, milliseconds } from './verdict.js'

const clients = 16
/** Requests that are looked at after a change. */
const requestsAfter = 500
const barMs = 200
const pollMs = 5
const champion = '/v1/models/digits/aliases/champion'

/** What a change of the champion did to the requests around it, in milliseconds. */
interface Change {
  readonly failures: readonly string[]
  /** From when the change is sent until the new version is in memory and has run once; 0 where it was before. */
  readonly warmUpMs: number
  /** Until the old version's last answer: from when the change is sent, or from the end of the warm-up. */
  readonly effectiveMs: number
  readonly longestMs: number
}

/** Promotions and roll-backs between versions in memory, and a swap to one that is not, while clients ask without a pause. */
export const swap: ServingRow = {
  name: 'swap',
  title: 'swap, promote and roll back under load',
  async measure(bench) {
    const { client } = bench.service
    await client.put(champion, { version: 2 })
    const swapped: Change[] = []
    const promoted: Change[] = []
    const rolledBack: Change[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const version = await publishCold(bench.service, 1_000 + round)
      swapped.push(await change(bench, { to: version, by: () => client.put(champion, { version }) }))
      await client.put(champion, { version: 1 })
      promoted.push(await change(bench, { to: 2, by: () => client.put(champion, { version: 2 }) }))
      rolledBack.push(await change(bench, { to: 1, by: () => client.post(`${champion}/rollback`, {}) }))
    }
    await client.put(champion, { version: 2 })
    return `${clients} clients ask for one row as JSON, each as soon as it is answered. Effective: until the old version's last answer has
come, counted from when the change is sent; of a version that is not in memory, from when it is loaded and has
run once, as its \`serving.loaded\` says, asked every ${pollMs} ms: from the last time that it said no.

| | changes | failed requests: bar 0 | load and warm-up | effective: bar | | | longest request |
|---|---|---|---|---|---|---|---|
${line('promote, the new version in memory', promoted)}
${line('roll back', rolledBack)}
${line('swap to a version that is not in memory', swapped)}`
  },
}

const isLoaded = async (client: Client, version: number): Promise<boolean> =>
  (await client.get<{ serving: { loaded: boolean } }>(`/v1/models/digits/versions/${version}`)).serving.loaded

async function change(
  { service, digits }: Bench,
  { to, by }: { to: number; by: () => Promise<unknown> },
): Promise<Change> {
  const url = new URL('/v1/models/digits/predict', service.client.url)
  const [digit] = digits
  if (digit === undefined) throw new Error('There are no rows')
  const load = await SteadyLoad.start(url, { clients, digit })
  try {
    await load.answered(requestsAfter)
    load.take()
    const isWarm = await isLoaded(service.client, to)
    const ended = new AbortController()
    const sentAt = performance.now()
    const [coldAt] = await Promise.all([
      isWarm ? sentAt : coldUntil(service.client, { version: to, signal: ended.signal }),
      by(),
    ]).finally(() => ended.abort())
    const warmAt = Math.max(sentAt, coldAt)
    await load.answered(requestsAfter)
    const asked = load.take()
    if (!asked.some(({ version }) => version === to)) {
      throw new Error(`Version ${to} answered none of ${asked.length} requests`)
    }
    const olds = asked.filter(({ version }) => version !== to)
    return {
      failures: load.failures,
      warmUpMs: warmAt - sentAt,
      effectiveMs: Math.max(0, ...olds.map(({ answeredAt }) => answeredAt - warmAt)),
      longestMs: Math.max(...asked.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    }
  } finally {
    await load.stop()
  }
}

/**
 * Asks whether a version is in memory until it is.
 *
 * @returns when it was last asked and not there, in milliseconds of `performance.now()`
 */
async function coldUntil(
  client: Client,
  { version, signal }: { version: number; signal: AbortSignal },
): Promise<number> {
  let coldAt = 0
  while (!signal.aborted) {
    const askedAt = performance.now()
    if (await isLoaded(client, version)) break
    coldAt = askedAt
    await sleep(pollMs)
  }
  return coldAt
}

function line(what: string, changes: readonly Change[]): string {
  const failures = changes.flatMap((one) => one.failures)
  const failed = failures.length === 0 ? '0, met' : `**${failures.length}**: ${failures[0]}`
  const effective = atMost(Math.max(...changes.map(({ effectiveMs }) => effectiveMs)), barMs, milliseconds)
  const longest = milliseconds(median(changes.map(({ longestMs }) => longestMs)))
  const warmUp = milliseconds(median(changes.map(({ warmUpMs }) => warmUpMs)))
  return `| ${what} | ${changes.length} | ${failed} | ${warmUp} | ${effective} | ${longest} |`
}
