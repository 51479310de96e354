import type { Client } from '../../demo/client.js'
import { median } from '../statistics.js'
import type { ServingRow } from './bench.js'
import { compress, lostPoints } from './compressed.js'
import { atLeast, atMost } from './verdict.js'

const barPoints = 1
const barTimes = 3.5

/** 8-bit integers beside the floats that they were made from, as the compression's report has them. */
export const int8: ServingRow = {
  name: 'int8',
  title: '8-bit integers',
  async measure({ service: { client }, rounds }) {
    await client.runJob({
      ...{ type: 'train', model: 'convolutions', dataset: 'digits', target: 'label', family: 'cnn' },
      task: 'tabular-classification',
      features: ['p*'],
      transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
      training: { epochs: 3, seed: 1 },
    })
    const perceptron = await lines(client, {
      ...{ model: 'wide', network: 'MLP 784-1024-1024-10', barSpeedup: 3, rounds },
    })
    const convolutions = await lines(client, {
      ...{ model: 'convolutions', network: 'cnn', barSpeedup: 1, rounds },
    })
    return `Compressed \`static\`, ${rounds} times each; points on the test rows of the digits that each was trained with. The times are those of
the network alone, as a predictor runs it, both versions in turns: medians over the compressions.

| | floats | integers | bar | | |
|---|---|---|---|---|---|
${[...perceptron, ...convolutions].join('\n')}`
  },
}

async function lines(
  client: Client,
  {
    model,
    network,
    barSpeedup,
    rounds,
  }: { model: string; network: string; barSpeedup: number; rounds: number },
): Promise<string[]> {
  const runs: Awaited<ReturnType<typeof compress>>[] = []
  for (let round = 0; round < rounds; round++) {
    runs.push(await compress(client, { model, version: 1, method: 'int8' }))
  }
  const latencies = (runs[0]?.compression.latency ?? []).map(({ rows }, at) => {
    const ofRows = runs.flatMap(({ compression }) => compression.latency[at] ?? [])
    const of = (side: 'parent' | 'child') =>
      `${(1000 * median(ofRows.map((one) => one[side].p50Ms))).toFixed(0)} µs`
    const speedup = median(ofRows.map((one) => one.speedup))
    const name = `${network}, ${rows} ${rows === 1 ? 'row' : 'rows'}, times as fast`
    return `| ${name} | ${of('parent')} | ${of('child')} | ${atLeast(speedup, barSpeedup)} |`
  })
  const sizes = runs.map(({ compression }) => compression.servedBytes)
  const kilobytes = (side: 'parent' | 'child') =>
    `${(median(sizes.map((size) => size[side])) / 1e3).toFixed(0)} kB`
  const lost = Math.max(...runs.map(({ compression }) => lostPoints(compression)))
  const accuracy = runs[0]?.compression.metrics.accuracy
  return [
    ...latencies,
    `| ${network}, the file that is served, times smaller | ${kilobytes('parent')} | ${kilobytes('child')} | ${atLeast(median(sizes.map(({ times }) => times)), barTimes)} |`,
    `| ${network}, points of accuracy lost, the most | ${accuracy?.parent?.toFixed(4)} | ${accuracy?.child?.toFixed(4)} | ${atMost(lost, barPoints)} |`,
  ]
}
