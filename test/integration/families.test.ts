import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { discover } from '../../src/contracts/discovery.js'
import type { Family, RowKind } from '../../src/contracts/family.js'
import { sizeOf } from '../conformance/row-samples.js'
import { largestDifference } from '../support/family-export.js'
import { askPlainly, unpack } from '../support/plain-tfjs.js'
import { startService } from '../support/service.js'

const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const service = await startService({ jobTypes: null, env: { FLYWHEEL_DEVICE: 'cpu' } })
const { request } = service

/** How 64 columns are laid out for each kind of rows; tables hold no tokens. */
const inputShapes: Readonly<Record<Exclude<RowKind, 'tokens' | 'bag'>, readonly number[] | null>> = {
  vector: null,
  image: [8, 8, 1],
  series: [16, 4],
}
/** Of families whose usual network takes long on a small machine. */
const hyperparameters: Readonly<Record<string, object>> = {
  resnet: { depth: 8, width: 4 },
  'transformer-encoder': { blocks: 1, width: 16, heads: 2, feedForwardUnits: 32 },
}

const width = sizeOf(inputShapes.image as number[])

/** Bright in the first half of the columns or in the second: an image's upper part, a series' beginning. */
function row(index: number): Record<string, number | string> {
  const isFirst = index % 2 === 0
  const pixels = Array.from({ length: width }, (_, pixel) => {
    const noise = Math.abs(Math.sin(index * 64 + pixel * pixel))
    return [`p${pixel}`, noise + (pixel < width / 2 === isFirst ? 1 : 0)]
  })
  return { ...Object.fromEntries(pixels), half: isFirst ? 'first' : 'second' }
}
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index))

const uploaded = await request.post('/v1/datasets').send({ name: 'halves', rows: rows(0, 240) })
assert.equal(uploaded.status, 201, uploaded.text)

for (const [name, family] of families) {
  const kind = family.rows.find((each) => each !== 'tokens' && each !== 'bag') as
    | keyof typeof inputShapes
    | undefined
  if (kind === undefined) continue
  const inputShape = inputShapes[kind]

  test(`${name} is trained, asked, updated by feedback and exported, all through the API`, async () => {
    const report = await roundTrip({
      model: name,
      dataset: 'halves',
      target: 'half',
      family: name,
      hyperparameters: hyperparameters[name] ?? {},
      ...(inputShape ? { inputShape } : {}),
      row,
    })
    assert.equal(report.training.networkInputs, width)
  })
}

const words = {
  first: ['good', 'lovely film', 'touching', 'a joy', 'fun', 'schön', 'well made'],
  second: ['bad', 'dull film', 'boring', 'a mess', 'flat', 'schade', 'badly made'],
}
const between = ['the', 'plot', 'it', 'is', 'and', 'so', 'very', 'one', 'two', 'three']

/** Texts that say what half they are of in words, all of them different. */
function textRow(index: number): Record<string, number | string> {
  const half = index % 2 === 0 ? 'first' : 'second'
  const drawn = (list: readonly string[], at: number) =>
    list[Math.floor(Math.abs(Math.sin(index * 31 + at)) * list.length)]
  const text = Array.from({ length: 3 }, (_, at) => `${drawn(between, at)} ${drawn(words[half], at + 10)}`)
  return { text: `${text.join(', ')} no ${index}.`, half }
}
const texts = Array.from({ length: 240 }, (_, index) => textRow(index))
const uploadedTexts = await request
  .post('/v1/datasets')
  .send({ name: 'texts', rows: texts, types: { text: 'text' } })
assert.equal(uploadedTexts.status, 201, uploadedTexts.text)

for (const [name, family] of families) {
  if (!family.rows.includes('bag') && !family.rows.includes('tokens')) continue

  test(`${name} learns texts, is asked, updated and exported, all through the API`, async () => {
    const model = `${name}-text`
    const report = await roundTrip({
      model,
      dataset: 'texts',
      target: 'half',
      family: name,
      hyperparameters: hyperparameters[name] ?? {},
      row: textRow,
    })
    assert.equal(report.task, 'text-classification')
    const strange = [
      '',
      null,
      '?',
      'wholly unknown',
      '\u0000\ud800',
      '😀'.repeat(1000),
      'good '.repeat(200_000),
    ]
    const instances = strange.map((text) => ({ text }))
    const answer = await request.post(`/v1/models/${model}/predict`).send({ instances })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.predictions.length, strange.length)
    for (const text of [7, ['good'], { good: 1 }, 'good '.repeat(300_000)]) {
      const refused = await request.post(`/v1/models/${model}/predict`).send({ instances: [{ text }] })
      assert.deepEqual([refused.status, refused.body.code], [422, 'instances-invalid'])
      assert.equal(refused.body.errors[0].path, 'instances[0].text')
    }
  })
}

/** Trains, asks, gives feedback, updates and exports. @returns the report of the training */
async function roundTrip({
  row,
  ...job
}: {
  model: string
  target: string
  row: (index: number) => Record<string, number | string>
  [field: string]: unknown
}) {
  const { model } = job
  const trained = await succeeded(
    await service.submit({
      type: 'train',
      ...job,
      training: { epochs: 2, seed: 1, optimizer: { name: 'adam', learningRate: 0.003 } },
    }),
  )
  assert.equal(trained.version, 1)
  const { body: report } = await request.get(`/v1/models/${model}/versions/1/report`)
  assert.match(report.training.executor, /^(xla|graph)$/)
  assert.ok(report.evaluation.metrics.accuracy >= 0.5, JSON.stringify(report.evaluation.metrics))

  const asked = Array.from({ length: 20 }, (_, index) => row(1_000 + index))
  const instances = asked.map(({ half, ...features }) => features)
  const answer = await request.post(`/v1/models/${model}/predict`).send({ instances })
  assert.equal(answer.status, 200, answer.text)
  const items = answer.body.predictions.map(({ id }: { id: string }, index: number) => ({
    predictionId: id,
    label: asked[index]?.half,
  }))
  assert.equal((await request.post(`/v1/models/${model}/feedback`).send(items)).status, 202)
  const updated = await succeeded(await service.submit({ type: 'update', model }))
  assert.match(String(updated.decision), /^(promoted|rejected)$/)

  const exporting = await request.post(`/v1/models/${model}/versions/1/exports`).send({ format: 'tfjs' })
  const exported = await succeeded(exporting.body.id)
  const archive = await fetch(`${service.url}${exported.download}`)
  const unpacked = join(service.folder, `export-${model}`)
  unpack(unpacked, { archive: 'zip', bytes: new Uint8Array(await archive.arrayBuffer()) })
  const { outputs, format } = askPlainly(unpacked, instances)
  assert.equal(format, exported.modelFormat)
  const expected = answer.body.predictions.map(
    ({ probabilities }: { probabilities: Record<string, number> }) => Object.values(probabilities),
  )
  assert.ok(largestDifference(outputs, expected) < 1e-5)
  return report
}

/** The result of a job that ended well. */
async function succeeded(id: string): Promise<Record<string, unknown>> {
  const { state, result, error } = await service.ended(id)
  assert.equal(state, 'succeeded', JSON.stringify(error))
  return result as Record<string, unknown>
}
