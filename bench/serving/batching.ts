import { median } from '../statistics.js'
import { type Bench, measured, type ServingRow } from './bench.js'
import { atLeast, atMost, milliseconds, ratioOf } from './verdict.js'

const busyClients = 64

/** Batches as they are by default, and none (`maxBatchRows: 1`), in turn. */
export const batching: ServingRow = {
  name: 'batching',
  title: 'batches on and off',
  async measure(bench) {
    const parts: string[] = []
    for (const [model, layers] of [
      ['digits', '784-64-64-10'],
      ['wide', '784-1024-1024-10'],
    ] as const) {
      parts.push(await lines(bench, { model, layers }))
    }
    return `One row in binary; off is \`PUT /v1/models/{name}/serving\` with \`{ "maxBatchRows": 1 }\`. Idle is one client.

| | on | off | bar | | |
|---|---|---|---|---|---|
${parts.join('\n')}`
  },
}

async function lines(bench: Bench, { model, layers }: { model: string; layers: string }): Promise<string> {
  const rates = { on: [] as number[], off: [] as number[] }
  const idle = { on: [] as number[], off: [] as number[] }
  const url = new URL(`/v2/models/${model}/infer`, bench.service.client.url).href
  const order = { url, form: 'binary', rows: 1 } as const
  for (let round = 0; round < bench.rounds; round++) {
    for (const state of ['on', 'off'] as const) {
      const settings = state === 'on' ? {} : { maxBatchRows: 1 }
      await bench.service.client.put(`/v1/models/${model}/serving`, settings)
      rates[state].push((await measured(bench, { ...order, clients: busyClients })).perSecond)
      idle[state].push((await measured(bench, { ...order, clients: 1 })).p50Ms)
    }
  }
  await bench.service.client.put(`/v1/models/${model}/serving`, {})
  const perSecond = (values: readonly number[]) => `${median(values).toFixed(0)}/s`
  return `| ${layers}, ${busyClients} clients | ${perSecond(rates.on)} | ${perSecond(rates.off)} | ${atLeast(ratioOf(rates.on, rates.off), 3)} |
| ${layers}, idle, p50 | ${milliseconds(median(idle.on))} | ${milliseconds(median(idle.off))} | ${atMost(ratioOf(idle.on, idle.off), 1.1)} |`
}
