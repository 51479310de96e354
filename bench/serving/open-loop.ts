import { median } from '../statistics.js'
import { type Bench, measured, type ServingRow } from './bench.js'
import type { Loaded } from './load.js'
import type { Server } from './peers.js'
import { flywheel } from './service.js'
import { atMost, milliseconds } from './verdict.js'

const share = 0.7

/** Requests at a constant rate, 70 % of what a closed loop reaches right before. */
export const openLoop: ServingRow = {
  name: 'open-loop',
  title: 'open loop at 70 % of the rate',
  async measure(bench) {
    const lines: string[] = []
    for (const form of ['instances', 'binary'] as const)
      lines.push(await line(bench, flywheel(bench.service, form)))
    return `One row, at a constant rate of ${share * 100} % of what 32 clients reached right before; latencies count from when a request was due.

| | requests per second | p50 | p99 | failed | p99 by p50: bar | | |
|---|---|---|---|---|---|---|---|
${lines.join('\n')}`
  },
}

async function line(bench: Bench, { name, url, form }: Server): Promise<string> {
  const runs: Loaded[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const { perSecond } = await measured(bench, { url, form, rows: 1, clients: 32 })
    const load = { perSecond: perSecond * share }
    runs.push(await bench.client.run({ url, form, rows: 1, load, seconds: bench.seconds }))
  }
  const of = (pick: (run: (typeof runs)[number]) => number) => median(runs.map(pick))
  const failed = runs.reduce((sum, run) => sum + run.failed, 0)
  const failures =
    failed === 0 ? '0' : `**${failed}**: ${runs.find(({ failure }) => failure !== null)?.failure}`
  const quantiles = `${milliseconds(of(({ p50Ms }) => p50Ms))} | ${milliseconds(of(({ p99Ms }) => p99Ms))}`
  const rate = of(({ perSecond }) => perSecond).toFixed(0)
  return `| ${name} | ${rate} | ${quantiles} | ${failures} | ${atMost(
    of(({ p50Ms, p99Ms }) => p99Ms / p50Ms),
    3,
  )} |`
}
