import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import type { Report } from '../../src/evaluation/report.js'
import { type JobAnswer, startService } from '../support/service.js'

const service = await startService({ jobTypes: null })
const { request } = service

/** Which of three waves a row is, under noise: far more weights than it takes, so that files are what is compressed. */
const row = (index: number) => {
  const wave = index % 3
  const values = Array.from({ length: 24 }, (_, at) => [
    `t${at}`,
    Math.sin((at * (wave + 1)) / 3 + index) + Math.sin(index * at * at) / 2,
  ])
  return { ...Object.fromEntries(values), wave: ['slow', 'middle', 'fast'][wave] }
}
const rows = Array.from({ length: 600 }, (_, index) => row(index))
const uploaded = await request.post('/v1/datasets').send({ name: 'waves', rows })
assert.equal(uploaded.status, 201, uploaded.text)
const trained = await service.ended(
  await service.submit({
    type: 'train',
    model: 'waves',
    dataset: 'waves',
    target: 'wave',
    hyperparameters: { hiddenUnits: [64, 64] },
    training: { epochs: 12 },
  }),
)
assert.equal(trained.state, 'succeeded', JSON.stringify(trained.error))

async function compress(body: object, version = 1): Promise<JobAnswer> {
  const answer = await request.post(`/v1/models/waves/versions/${version}/compressions`).send(body)
  assert.equal(answer.status, 202, answer.text)
  return service.ended(answer.body.id)
}

async function readReport(version: number): Promise<Report> {
  const { status, body } = await request.get(`/v1/models/waves/versions/${version}/report`)
  assert.equal(status, 200)
  return body
}

/** A version with its manifest, as they are stored. */
async function readVersion(
  version: number,
): Promise<{ parent: number | null; sizeBytes: number; manifest: ModelManifest }> {
  const { body } = await request.get(`/v1/models/waves/versions/${version}`)
  const manifest = JSON.parse((await service.app.artifacts.read(body.sha256)).toString())
  return { parent: body.parent, sizeBytes: body.sizeBytes, manifest }
}

async function probabilities(version: number): Promise<number[][]> {
  const instances = rows.slice(0, 40).map(({ wave: _, ...values }) => values)
  const { status, body } = await request
    .post(`/v1/models/waves/versions/${version}/predict`)
    .send({ instances })
  assert.equal(status, 200, JSON.stringify(body))
  return body.predictions.map((each: { probabilities: Record<string, number> }) =>
    Object.values(each.probabilities),
  )
}

const formOf = ({ onnx }: ModelManifest) => (onnx && 'sha256' in onnx ? onnx : assert.fail('no ONNX form'))

test('float16 halves weights and ONNX form, answers as its parent, and takes the alias', async () => {
  const { state, result, error } = await compress({ method: 'float16', accept: { maxDrop: 0.02 } })
  assert.equal(state, 'succeeded', JSON.stringify(error))
  assert.equal(result?.version, 2)
  const [parent, child] = [await readVersion(1), await readVersion(2)]
  assert.deepEqual([parent.parent, child.parent], [null, 1])
  const bytes = ({ manifest: { weights } }: typeof parent) => weights?.sizeBytes ?? assert.fail()
  assert.equal(bytes(child) * 2, bytes(parent))
  const forms = [formOf(parent.manifest), formOf(child.manifest)] as const
  assert.ok(forms[1].sizeBytes < 0.55 * forms[0].sizeBytes, JSON.stringify(forms))
  assert.ok(child.sizeBytes < parent.sizeBytes / 2)
  const [before, after] = [await probabilities(1), await probabilities(2)]
  const differences = before.flatMap((each, at) => each.map((p, i) => Math.abs(p - (after[at]?.[i] ?? NaN))))
  assert.ok(Math.max(...differences) < 0.02, `probabilities differ by ${Math.max(...differences)}`)
  assert.ok(Math.max(...differences) > 0, 'nothing was rounded')
  const { compression, deploy } = await readReport(2)
  assert.ok(compression)
  assert.equal(compression.parent, 'waves@1')
  assert.equal(compression.accept?.accepted, true)
  assert.deepEqual([deploy.alias, deploy.move], ['champion', true])
  assert.ok(compression.servedBytes.times > 1.8)
  assert.equal(compression.comparison.test, 'mcnemar-exact')
  assert.equal(compression.metrics.accuracy?.child, (await readReport(2)).evaluation.metrics.accuracy)
  assert.equal(compression.metrics.accuracy?.parent, (await readReport(1)).evaluation.metrics.accuracy)
  assert.deepEqual(
    compression.latency.map(({ rows }) => rows),
    [1, 32],
  )
  assert.equal((await request.get('/v1/models/waves')).body.aliases.champion, 2)
})

test('a version that is not as fast as was asked is published, and the alias stays', async () => {
  const { result } = await compress({ method: 'float16', accept: { minSpeedup: 100 } }, 2)
  const { deploy, compression } = await readReport(Number(result?.version))
  assert.equal(compression?.accept?.accepted, false)
  assert.equal(deploy.move, false)
  assert.match(deploy.reason, /^refused: .*where 100 are asked/)
  assert.equal((await request.get('/v1/models/waves')).body.aliases.champion, 2)
})

test('what is accepted takes no alias that names another version than its parent', async () => {
  const { result } = await compress({ method: 'float16', accept: {} }, 1)
  const { deploy, compression } = await readReport(Number(result?.version))
  assert.equal(compression?.accept?.accepted, true)
  assert.match(deploy.reason, /^accepted, but champion named version 2 and not its parent/)
})

test('without accept the alias stays', async () => {
  const { result } = await compress({ method: 'float16' }, 2)
  const { deploy, compression } = await readReport(Number(result?.version))
  assert.equal(compression?.accept, null)
  assert.deepEqual([deploy.move, deploy.reason], [false, 'the job names nothing to accept it by'])
})

test('unknown methods and options are refused by name before anything is queued', async () => {
  const send = async (body: object) => {
    const answer = await request.post('/v1/models/waves/versions/1/compressions').send(body)
    return [answer.status, answer.body.code, answer.body.errors?.[0]?.path]
  }
  assert.deepEqual(await send({ method: 'int3' }), [422, 'specification-invalid', 'method'])
  assert.deepEqual(await send({ method: 'float16', options: { bits: 4 } }), [
    422,
    'specification-invalid',
    'options.bits',
  ])
  const missing = await request.post('/v1/models/waves/versions/99/compressions').send({ method: 'float16' })
  assert.equal(missing.status, 404)
})

test('the catalogue lists each method with its options', async () => {
  const { body } = await request.get('/v1/compression-methods')
  assert.ok(body.data.some(({ name }: { name: string }) => name === 'float16'))
})
