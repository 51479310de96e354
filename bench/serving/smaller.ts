import type { Client } from '../../demo/client.js'
import { type Digit, readDigits, toCsv } from '../../demo/digits.js'
import type { Report } from '../../src/evaluation/report.js'
import type { ServingRow } from './bench.js'
import { compress } from './compressed.js'
import { atLeast, atMost } from './verdict.js'

const labelledRows = 1_000
const unlabelledRows = 4_000
const epochs = 20
const barPoints = 1.5
const barTimes = 3

/** Pruned to 80 %, and distilled into a quarter with rows that have no labels: what is lost, and how large the bundle is. */
export const smaller: ServingRow = {
  name: 'smaller',
  title: 'pruned and distilled',
  async measure({ service: { client }, digits }) {
    const labelled = (await readDigits()).slice(0, labelledRows)
    const unseen = digits.slice(unlabelledRows)
    await upload(client, 'few', toCsv(labelled))
    await upload(client, 'unlabelled', withoutLabels(digits.slice(0, unlabelledRows)))
    await upload(client, 'unseen', toCsv(unseen))
    await teach(client, { model: 'thorough', dataset: 'digits', hiddenUnits: [64, 64] })
    await teach(client, { model: 'few', dataset: 'few', hiddenUnits: [128, 128] })
    const pruned = await lines(client, {
      ...{ model: 'thorough', name: '784-64-64-10, pruned to 80 %', method: 'prune' },
    })
    const distilled = await lines(client, {
      ...{ model: 'few', name: '784-128-128-10, distilled into a quarter', method: 'distil' },
      options: { unlabelled: 'unlabelled' },
    })
    return `Both networks were trained for ${epochs} epochs. Accuracy on ${unseen.length.toLocaleString('en')} digits that neither version has seen, nor the other networks. The pruned one learnt from 4,000
labelled digits; the distilled one from ${labelledRows.toLocaleString('en')} and, by its teacher's answers, from ${unlabelledRows.toLocaleString('en')} without labels. The bundle is what
\`POST …/exports\` with the format \`bundle\` gives.

| | version | smaller | bar | | |
|---|---|---|---|---|---|
${[...pruned, ...distilled].join('\n')}`
  },
}

/** For long enough that a method which learns on has nothing to gain from that alone. */
const teach = (
  client: Client,
  { model, dataset, hiddenUnits }: { model: string; dataset: string; hiddenUnits: readonly number[] },
) =>
  client.runJob({
    ...{ type: 'train', model, dataset, target: 'label', task: 'tabular-classification' },
    ...{ family: 'mlp', hyperparameters: { hiddenUnits }, features: ['p*'] },
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    training: { epochs, seed: 1 },
  })

const upload = (client: Client, name: string, csv: string) =>
  client.post(`/v1/datasets?name=${name}`, csv, 'text/csv')

const withoutLabels = (digits: readonly Digit[]): string => toCsv(digits).replace(/^[^,\n]*,/gm, '')

async function lines(
  client: Client,
  order: { model: string; name: string; method: string; options?: object },
): Promise<string[]> {
  const { model, name, ...method } = order
  const { version: child } = await compress(client, { model, version: 1, ...method })
  const [before, after] = [
    await accuracyOf(client, `${model}@1`),
    await accuracyOf(client, `${model}@${child}`),
  ]
  const [large, small] = [
    await bundleBytes(client, { model, version: 1 }),
    await bundleBytes(client, { model, version: child }),
  ]
  const kilobytes = (bytes: number) => `${(bytes / 1e3).toFixed(0)} kB`
  return [
    `| ${name}: points of accuracy lost | ${before.toFixed(4)} | ${after.toFixed(4)} | ${atMost(100 * (before - after), barPoints)} |`,
    `| ${name}: the bundle, times smaller | ${kilobytes(large)} | ${kilobytes(small)} | ${atLeast(large / small, barTimes)} |`,
  ]
}

async function accuracyOf(client: Client, model: string): Promise<number> {
  const { result } = await client.runJob({ type: 'evaluate', model, dataset: 'unseen' })
  const { evaluation } = result as unknown as Pick<Report, 'evaluation'>
  return evaluation.metrics.accuracy ?? Number.NaN
}

async function bundleBytes(
  client: Client,
  { model, version }: { model: string; version: number },
): Promise<number> {
  const path = `/v1/models/${model}/versions/${version}/exports`
  const { id } = await client.post<{ id: string }>(path, { format: 'bundle' })
  const { result } = await client.follow(id)
  const answer = await fetch(new URL(result?.download as string, client.url))
  if (!answer.ok) throw new Error(`${result?.download} answered ${answer.status}`)
  return (await answer.arrayBuffer()).byteLength
}
