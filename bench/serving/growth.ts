import { setTimeout as sleep } from 'node:timers/promises'
import { serviceProcesses } from '../data/service-memory.js'
import { type Bench, measured, type ServingRow } from './bench.js'
import { flywheel } from './service.js'
import { megabytes } from './verdict.js'

const predictions = 1_000_000
const warmUpPredictions = 50_000
const loads = 200
const warmUpLoads = 20
const barBytes = 100e6
/** For what is written behind the answers, and collected. */
const restMs = 15_000

/** Memory and handles of api and predictor after very many predictions, and after loads and unloads. */
export const growth: ServingRow = {
  name: 'growth',
  title: 'growth of memory and handles',
  async measure(bench) {
    await predict(bench, warmUpPredictions)
    await loadAndUnload(bench, warmUpLoads)
    await sleep(restMs)
    const before = serviceProcesses()
    const requests = await predict(bench, predictions)
    await sleep(restMs)
    const predicted = serviceProcesses()
    await loadAndUnload(bench, loads)
    await sleep(restMs)
    const loaded = serviceProcesses()
    const roles = ['api', 'predictor'] as const
    const lines = roles.flatMap((role) => [
      growthLine(`${role}, ${predictions.toLocaleString('en')} predictions`, before[role], predicted[role]),
      growthLine(`${role}, then ${loads} loads and unloads`, before[role], loaded[role]),
    ])
    return `Resident memory and open file descriptors after each part less those before both, at rest: after ${warmUpPredictions.toLocaleString('en')} predictions and ${warmUpLoads}
loads. Predictions: ${requests.toLocaleString('en')} requests in turn of one row as JSON (kept, as they are by default), of one in binary and of 32 in binary;
loads: the model \`wide\` is taken out of memory, loaded and asked.

| | before | growth | bar | | handles before | more |
|---|---|---|---|---|---|---|
${lines.join('\n')}`
  },
}

interface Measured {
  readonly residentBytes: number
  readonly handles: number
}

function growthLine(what: string, before: Measured | undefined, after: Measured | undefined): string {
  if (before === undefined || after === undefined) throw new Error(`${what}: the process is not there`)
  const bytes = after.residentBytes - before.residentBytes
  const handles = after.handles - before.handles
  const verdict = bytes <= barBytes ? 'met' : '**missed**'
  const left = handles <= 0 ? `${handles}, met` : `**${handles}**`
  return `| ${what} | ${megabytes(before.residentBytes)} | ${megabytes(bytes)} | ≤ 100 MB | ${verdict} | ${before.handles} | ${left} |`
}

/** @returns requests that it took */
async function predict(bench: Bench, wanted: number): Promise<number> {
  const [json, binary] = [flywheel(bench.service, 'instances'), flywheel(bench.service, 'binary')]
  const turns = [
    { url: json.url, form: json.form, rows: 1 },
    { url: binary.url, form: binary.form, rows: 1 },
    { url: binary.url, form: binary.form, rows: 32 },
  ]
  let [done, requests] = [0, 0]
  for (let turn = 0; done < wanted; turn++) {
    const what = turns[turn % turns.length] as (typeof turns)[number]
    const { answered } = await measured({ ...bench, seconds: 5 }, { ...what, clients: 32 })
    done += answered * what.rows
    requests += answered
  }
  return requests
}

async function loadAndUnload({ service: { client }, digits }: Bench, times: number): Promise<void> {
  const instance = Object.fromEntries((digits[0]?.pixels ?? []).map((pixel, i) => [`p${i}`, pixel]))
  for (let time = 0; time < times; time++) {
    await client.post('/v2/repository/models/wide/unload', {})
    await client.post('/v2/repository/models/wide/load', {})
    await client.post('/v1/models/wide/predict', { instances: [instance] })
  }
}
