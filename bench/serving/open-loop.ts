import { median } from '../statistics.js'
import { type Bench, measured, type ServingRow } from './bench.js'
import type { Loaded } from './load.js'
import type { Server } from './peers.js'
import { flywheel, startFloor } from './service.js'
import { atMost, milliseconds } from './verdict.js'

const share = 0.7
const floorPort = 21_000 + (process.pid % 10_000)

/** One side's runs, in the order of the rounds. */
interface Side {
  readonly server: Server
  readonly runs: Loaded[]
}

/**
 * Requests at a constant rate, 70 % of what a closed loop reaches right before; and right after each, as many of a bare
 * Fastify's hello: what the machine and the client make of a tail by themselves.
 */
export const openLoop: ServingRow = {
  name: 'open-loop',
  title: 'open loop at 70 % of the rate',
  async measure(bench) {
    const floor = await startFloor(floorPort)
    try {
      const pairs = (['instances', 'binary'] as const).map((form) => {
        const own: Side = { server: flywheel(bench.service, form), runs: [] }
        const beside: Side = { server: { ...floor.hello, name: `${floor.hello.name}, as often` }, runs: [] }
        return { own, beside }
      })
      for (let round = 0; round < bench.rounds; round++)
        for (const { own, beside } of pairs) {
          const { url, form } = own.server
          const { perSecond } = await measured(bench, { url, form, rows: 1, clients: 32 })
          for (const side of [own, beside]) side.runs.push(await run(bench, side, perSecond * share))
        }
      return page(pairs.flatMap(({ own, beside }) => [own, beside]))
    } finally {
      await floor.stop()
    }
  },
}

const run = ({ client, seconds }: Bench, { server: { url, form } }: Side, perSecond: number) =>
  client.run({ url, form, rows: 1, load: { perSecond }, seconds })

function page(sides: readonly Side[]): string {
  return `One row, at a constant rate of ${share * 100} % of what 32 clients reached right before; latencies count from when a request was due.
After each, a bare Fastify says hello at the same rate: its tail is what the machine and the client make by themselves, and
“late” is the 99th percentile of how late the client itself was to send.

| | requests per second | p50 | p99 | late | failed | p99 by p50: bar | | |
|---|---|---|---|---|---|---|---|---|
${sides.map(line).join('\n')}`
}

function line({ server: { name, predicts }, runs }: Side): string {
  const of = (pick: (run: Loaded) => number) => median(runs.map(pick))
  const failed = runs.reduce((sum, { failed }) => sum + failed, 0)
  const failures =
    failed === 0 ? '0' : `**${failed}**: ${runs.find(({ failure }) => failure !== null)?.failure}`
  const times = [of(({ p50Ms }) => p50Ms), of(({ p99Ms }) => p99Ms), of((run) => run.lateP99Ms ?? Number.NaN)]
  const tail = of(({ p50Ms, p99Ms }) => p99Ms / p50Ms)
  const verdict = predicts ? atMost(tail, 3) : ` | ${tail.toFixed(2)} | a floor`
  const cells = [name, of(({ perSecond }) => perSecond).toFixed(0), ...times.map(milliseconds), failures]
  return `| ${cells.join(' | ')} | ${verdict} |`
}
