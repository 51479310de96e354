import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { readStored } from '../../src/contracts/stored-blob.js'
import type { Compression } from '../../src/evaluation/report/compression-schema.js'
import type { Report } from '../../src/evaluation/report.js'
import { unpackTensors } from '../../src/training/weights.js'
import { testData } from '../support/csv-table.js'
import { type JobAnswer, startService } from '../support/service.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'
/** What may be lost, in points of accuracy. */
const POINTS = 1.5

const service = await startService({ jobTypes: null })
const { request } = service

const lines =
  testData === null
    ? []
    : gunzipSync(readFileSync(join(testData, 'mnist-5k.csv.gz')))
        .toString()
        .trim()
        .split('\n')
const [header = '', ...rows] = lines
const upload = async (name: string, csv: readonly string[]) => {
  const answer = await request.post(`/v1/datasets?name=${name}`).type('text/csv').send(csv.join('\n'))
  assert.equal(answer.status, 201, answer.text)
}
if (testData !== null) await upload('digits', lines)

const teach = async (model: string, testSplit: number, more: object = {}) => {
  const job = await service.submit({
    type: 'train',
    model,
    dataset: model,
    target: 'label',
    task: 'tabular-classification',
    transforms: [{ name: 'scale', columns: 'p*', options: { divideBy: 255 } }],
    training: { epochs: 12, deterministic: true },
    evaluation: { testSplit },
    ...more,
  })
  const { state, error } = await service.ended(job)
  assert.equal(state, 'succeeded', JSON.stringify(error))
}

async function compress(model: string, body: object, of = 1): Promise<JobAnswer> {
  const answer = await request.post(`/v1/models/${model}/versions/${of}/compressions`).send(body)
  assert.equal(answer.status, 202, answer.text)
  return service.ended(answer.body.id)
}

async function shrunk(model: string, body: object, of = 1) {
  const { state, result, error } = await compress(model, body, of)
  assert.equal(state, 'succeeded', JSON.stringify(error))
  const url = `/v1/models/${model}/versions/${result?.version}`
  const report: Report = (await request.get(`${url}/report`)).body
  const { sha256 } = (await request.get(url)).body
  const manifest: ModelManifest = JSON.parse((await service.app.artifacts.read(sha256)).toString())
  const compression = report.compression as Compression
  const { parent, child } = compression.metrics.accuracy ?? {}
  const lost = 100 * ((parent ?? Number.NaN) - (child ?? Number.NaN))
  return { report, manifest, compression, lost, version: Number(result?.version) }
}

async function accuracyOn(dataset: string, version: number): Promise<number> {
  const job = await service.submit({ type: 'evaluate', model: `few@${version}`, dataset })
  const { result, error } = await service.ended(job)
  const { evaluation } = (result ?? assert.fail(JSON.stringify(error))) as unknown as Pick<
    Report,
    'evaluation'
  >
  return evaluation.metrics.accuracy ?? Number.NaN
}

const weightsOf = async ({ weights }: ModelManifest) => {
  assert.ok(weights)
  return unpackTensors({
    tensors: weights.tensors,
    bytes: await readStored(service.app.artifacts, weights),
  })
}

test('digits', { skip }, async (t) => {
  await teach('digits', 0.2, { hyperparameters: { hiddenUnits: [64, 64] } })
  const instances = rows.slice(0, 3).map((line) => {
    const [, ...values] = line.split(',').map(Number)
    return Object.fromEntries(values.map((value, at) => [`p${at}`, value]))
  })

  await t.test('pruned to 80 %: at most 1.5 points lost, files three times smaller', async () => {
    const { manifest, compression, lost, version } = await shrunk('digits', {
      method: 'prune',
      accept: { maxDrop: 0.015 },
    })
    assert.ok(lost <= POINTS, `${lost} points lost`)
    for (const { name, shape, values } of await weightsOf(manifest)) {
      if (shape.length < 2) continue
      const zeros = values.filter((value: number) => value === 0).length
      assert.ok(Math.abs(zeros / values.length - 0.8) < 0.01, `${name}: ${zeros} of ${values.length}`)
    }
    assert.ok(compression.servedBytes.times >= 3, JSON.stringify(compression.servedBytes))
    assert.ok(compression.sizeBytes.times >= 3, JSON.stringify(compression.sizeBytes))
    assert.ok(Math.abs((compression.details.sparsity as number) - 0.8) < 0.01)
    assert.equal(compression.accept?.accepted, true)
    const { status, body } = await request
      .post(`/v1/models/digits/versions/${version}/predict`)
      .send({ instances })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.predictions.length, 3)
    t.diagnostic(JSON.stringify({ lost, size: compression.sizeBytes, served: compression.servedBytes }))
    const half = await shrunk('digits', { method: 'float16' }, version)
    assert.ok(half.compression.servedBytes.times > 1.3, JSON.stringify(half.compression.servedBytes))
    assert.equal(half.manifest.sparsity, manifest.sparsity)
  })

  await t.test('with 8-bit integers: at most a point lost, files 3.5 times smaller', async () => {
    const { manifest, compression, lost, version } = await shrunk('digits', { method: 'int8' })
    assert.ok(lost <= 1, `${lost} points lost`)
    assert.ok(compression.sizeBytes.times >= 3.5, JSON.stringify(compression.sizeBytes))
    assert.ok(compression.servedBytes.times >= 3.5, JSON.stringify(compression.servedBytes))
    const { status, body } = await request
      .post(`/v1/models/digits/versions/${version}/predict`)
      .send({ instances })
    assert.equal(status, 200, JSON.stringify(body))
    assert.ok(manifest.onnx && 'int8' in manifest.onnx)
    t.diagnostic(JSON.stringify({ lost, size: compression.sizeBytes, latency: compression.latency }))
  })

  await t.test('pruned by channels: narrower layers with as few parameters as was asked', async () => {
    const { manifest, compression, lost } = await shrunk('digits', {
      method: 'prune',
      options: { structure: 'channels', sparsity: 0.7 },
    })
    assert.ok(lost <= 2 * POINTS, `${lost} points lost`)
    const { hiddenUnits } = manifest.family.hyperparameters as { hiddenUnits: number[] }
    assert.ok(
      hiddenUnits.every((units) => units < 24),
      JSON.stringify(hiddenUnits),
    )
    const parameters = compression.details.parameters as { parent: number; child: number }
    assert.ok(parameters.child <= 0.3 * parameters.parent)
    const weights = await weightsOf(manifest)
    assert.equal(
      weights.reduce((sum, { values }) => sum + values.length, 0),
      parameters.child,
    )
    assert.ok(compression.servedBytes.times >= 3, JSON.stringify(compression.servedBytes))
    t.diagnostic(JSON.stringify({ lost, hiddenUnits, served: compression.servedBytes }))
  })

  await t.test('what a version has no place for is refused by its option', async () => {
    const refused = async (body: object) => {
      const answer = await request.post('/v1/models/digits/versions/1/compressions').send(body)
      return [answer.status, answer.body.errors?.[0]?.path]
    }
    assert.deepEqual(await refused({ method: 'prune', options: { sparsity: 1 } }), [422, 'options.sparsity'])
    assert.deepEqual(await refused({ method: 'distil', options: { share: 0.5, family: 'linear' } }), [
      422,
      'options.share',
    ])
    assert.deepEqual(await refused({ method: 'distil', options: { family: 'tiny' } }), [
      422,
      'options.family',
    ])
    assert.deepEqual(
      await refused({
        method: 'distil',
        options: { family: 'mlp', hyperparameters: { hiddenUnits: 'few' } },
      }),
      [422, 'options.hyperparameters.hiddenUnits'],
    )
    const larger = await compress('digits', {
      method: 'distil',
      options: { hyperparameters: { hiddenUnits: [512] } },
    })
    assert.equal(larger.state, 'failed')
    assert.match(
      JSON.stringify(larger.error),
      /options.hyperparameters: expected a network of fewer parameters/,
    )
    const nearlyNone = await compress('digits', {
      method: 'prune',
      options: { structure: 'channels', sparsity: 0.99 },
    })
    assert.equal(nearlyNone.state, 'failed')
    assert.match(JSON.stringify(nearlyNone.error), /options.sparsity: expected .* parameters/)
  })
})

test('digits of which few have labels', { skip }, async (t) => {
  const withoutLabel = (line: string) => line.slice(line.indexOf(',') + 1)
  await upload('few', [header, ...rows.slice(0, 1000)])
  // 4,000 rows that the version has not seen, and ten that it has.
  await upload('unlabelled', [withoutLabel(header), ...rows.slice(990).map(withoutLabel)])
  await teach('few', 0.4, { hyperparameters: { hiddenUnits: [128, 128] } })

  await t.test('distilled into a quarter with 4,000 unlabelled rows: at most 1.5 points lost', async () => {
    const { manifest, compression, lost, version } = await shrunk('few', {
      method: 'distil',
      options: { unlabelled: 'unlabelled' },
    })
    const [before, after] = [await accuracyOn('digits', 1), await accuracyOn('digits', version)]
    const points = 100 * (before - after)
    t.diagnostic(
      JSON.stringify({
        points,
        onTestRows: lost,
        size: compression.sizeBytes,
        served: compression.servedBytes,
      }),
    )
    assert.ok(points <= POINTS, `${before} became ${after} on 5,000 rows`)
    const parameters = compression.details.parameters as { parent: number; child: number }
    assert.ok(parameters.child <= 0.25 * parameters.parent)
    const told = compression.details.rows as Record<string, number>
    assert.deepEqual([told.unlabelled, told.leftOut], [4000, 10])
    assert.ok(compression.servedBytes.times >= 3, JSON.stringify(compression.servedBytes))
    assert.ok(compression.sizeBytes.times >= 3, JSON.stringify(compression.sizeBytes))
    const { hiddenUnits } = manifest.family.hyperparameters as { hiddenUnits: number[] }
    assert.ok(hiddenUnits.every((units) => units < 64))
  })

  await t.test('a student of another family takes the same rows', async () => {
    const { manifest, lost } = await shrunk('few', {
      method: 'distil',
      options: {
        family: 'linear',
        unlabelled: 'unlabelled@1',
        epochs: 20,
      },
    })
    assert.equal(manifest.family.name, 'linear')
    assert.ok(lost <= 2 * POINTS, `${lost} points lost`)
  })
})

test('a regression is distilled; a family without channels keeps its width', async (t) => {
  const line = (index: number) => {
    const values = Array.from({ length: 6 }, (_, at) => Math.sin(index * (at + 1) * 1.7))
    const [a = 0, b = 0, c = 0] = values
    return {
      ...Object.fromEntries(values.map((value, at) => [`x${at}`, value])),
      price: 500 + 80 * a * b + 40 * c,
    }
  }
  const upload = await request
    .post('/v1/datasets')
    .send({ name: 'prices', rows: Array.from({ length: 400 }, (_, index) => line(index)) })
  assert.equal(upload.status, 201, upload.text)
  for (const [model, more] of [
    ['prices', { family: 'mlp', hyperparameters: { hiddenUnits: [64, 64] } }],
    ['flat-prices', { family: 'linear' }],
  ] as const) {
    const job = await service.submit({ type: 'train', model, dataset: 'prices', target: 'price', ...more })
    const { state, error } = await service.ended(job)
    assert.equal(state, 'succeeded', JSON.stringify(error))
  }

  await t.test('its values come back in the target’s own unit', async () => {
    const { report, compression } = await shrunk('prices', {
      method: 'distil',
      options: { share: 0.3, alpha: 1, epochs: 150 },
    })
    const { parent, child } = compression.metrics.r2 ?? {}
    t.diagnostic(JSON.stringify({ r2: { parent, child } }))
    assert.ok((parent ?? 0) > 0.8 && (child ?? 0) > 0.7, JSON.stringify(compression.metrics))
    assert.equal(report.history.length, 150)
  })

  await t.test('channels of a linear model are refused, and its weights are pruned', async () => {
    const refused = await compress('flat-prices', { method: 'prune', options: { structure: 'channels' } })
    assert.match(
      JSON.stringify(refused.error),
      /options.structure: expected a family whose layers can be made narrower/,
    )
    const { manifest } = await shrunk('flat-prices', { method: 'prune', options: { sparsity: 0.5 } })
    const [kernel] = await weightsOf(manifest)
    assert.equal(kernel?.values.filter((value: number) => value === 0).length, 3)
    assert.equal(manifest.sparsity, 0.5)
  })
})
