import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../demo/client.js'
import { median } from '../statistics.js'
import type { Bench, ServingRow } from './bench.js'
import { SteadyLoad } from './steady-load.js'
import { atMost, milliseconds } from './verdict.js'

const clients = 16
/** Requests that are looked at after a change. */
const requestsAfter = 500
const barMs = 200
const champion = '/v1/models/digits/aliases/champion'

/** What a change of the champion did to the requests around it, in milliseconds. */
interface Change {
  readonly failures: readonly string[]
  /** Until no request is answered by the old version any more, from when the new one was asked for and is warm. */
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
    // A version that no alias names leaves the memory a minute after its last use.
    while (await isLoaded(client, 1)) await sleep(1_000)
    const swapped = [await change(bench, { to: 1, by: () => client.put(champion, { version: 1 }) })]
    const promoted: Change[] = []
    const rolledBack: Change[] = []
    for (let round = 0; round < bench.rounds; round++) {
      promoted.push(await change(bench, { to: 2, by: () => client.put(champion, { version: 2 }) }))
      rolledBack.push(await change(bench, { to: 1, by: () => client.post(`${champion}/rollback`, {}) }))
    }
    await client.put(champion, { version: 2 })
    return `${clients} clients ask for one row as JSON, each as soon as it is answered. Effective: until the last request is sent that the
old version answers, counted from the answer to the change, and from the new version's first answer where that comes later.

| | changes | failed requests: bar 0 | effective: bar | | | longest request |
|---|---|---|---|---|---|---|
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
    await by()
    const changedAt = performance.now()
    await load.answered(requestsAfter)
    const asked = load.take()
    const news = asked.filter(({ version }) => version === to).map(({ answeredAt }) => answeredAt)
    if (news.length === 0) throw new Error(`Version ${to} answered none of ${asked.length} requests`)
    const from = Math.max(changedAt, Math.min(...news))
    const olds = asked.filter(({ version }) => version !== to).map(({ sentAt }) => sentAt)
    return {
      failures: load.failures,
      effectiveMs: Math.max(0, ...olds.map((sentAt) => sentAt - from)),
      longestMs: Math.max(...asked.map(({ sentAt, answeredAt }) => answeredAt - sentAt)),
    }
  } finally {
    await load.stop()
  }
}

function line(what: string, changes: readonly Change[]): string {
  const failures = changes.flatMap((one) => one.failures)
  const failed = failures.length === 0 ? '0, met' : `**${failures.length}**: ${failures[0]}`
  const effective = atMost(Math.max(...changes.map(({ effectiveMs }) => effectiveMs)), barMs, milliseconds)
  const longest = milliseconds(median(changes.map(({ longestMs }) => longestMs)))
  return `| ${what} | ${changes.length} | ${failed} | ${effective} | ${longest} |`
}
