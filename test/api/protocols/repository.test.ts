import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { gunzipSync, inflateSync } from 'node:zlib'
import supertest from 'supertest'
import { listUnloaded } from '../../../src/registry/unloaded-models.js'
import { Deployments } from '../../../src/serving/deployments.js'
import { publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'

const { app, stop } = await startApp()
after(stop)
await publishProtocolModels(app)
const request = supertest(app.server)

const post = (path: string, body?: object) => request.post(`/v2/repository/${path}`).send(body)
const instances = [[1, 2]]
const sums = () => request.post('/v1/models/sums:predict').send({ instances })
const inputs = (rows: number) => [
  { name: 'features', shape: [rows, 2], datatype: 'FP32', data: Array(rows * 2).fill(1) },
]
const infer = (rows = 1, more: object = {}) =>
  request.post('/v2/models/sums/infer').send({ inputs: inputs(rows), ...more })
const ready = (name: string) => ({ name, version: '1', state: 'READY', reason: '' })

test('the index lists what is published', async () => {
  const { status, body } = await post('index')
  assert.equal(status, 200)
  assert.deepEqual(body, ['made', 'numbers', 'sums'].map(ready))
})

test('an unloaded model answers in no protocol until it is loaded again, and its memory is given back', async () => {
  assert.equal((await sums()).status, 200)
  assert.deepEqual([(await post('models/sums/unload', {})).status], [200])

  const unloaded = { ...ready('sums'), state: 'UNAVAILABLE', reason: 'unloaded' }
  assert.deepEqual((await post('index', {})).body, [ready('made'), ready('numbers'), unloaded])
  assert.deepEqual((await post('index', { ready: true })).body, [ready('made'), ready('numbers')])
  const notReady = await request.get('/v2/models/sums/ready')
  assert.deepEqual([notReady.status, notReady.body], [503, { name: 'sums', ready: false }])
  assert.equal((await request.get('/v2/models/sums')).status, 503)
  for (const answer of [await sums(), await infer()]) {
    assert.equal(answer.status, 503)
    assert.match(answer.body.error, /sums was unloaded/)
  }
  const own = await request.post('/v1/models/sums/predict').send({ instances: [{ a: 1, b: 2 }] })
  assert.deepEqual([own.status, own.body.code], [503, 'model-unloaded'])
  const shown = (await request.get('/v1/models/sums')).body
  assert.deepEqual([shown.ready, shown.model_version_status[0].state], [false, 'END'])
  assert.equal((await request.get('/v1/models/made')).body.ready, true)

  const { sha256 } = await app.deployments.resolve({ model: 'sums', alias: 'champion' })
  assert.equal(app.deployments.deployed.includes(sha256), false)
  assert.deepEqual((await post('models/sums/load', {})).body, {})
  assert.ok(app.predictors.loaded(sha256))
  assert.deepEqual((await sums()).body, { predictions: [5] })
  assert.equal((await request.get('/v2/models/sums/ready')).status, 200)
})

describe('what is no published model is refused', () => {
  const refused: [string, string, object | undefined, number, RegExp][] = [
    ['a model that there is not', 'models/nobody/load', undefined, 404, /no model nobody/],
    ['the unloading of such a one', 'models/nobody/unload', undefined, 404, /no model nobody/],
    ['a configuration', 'models/sums/load', { parameters: { config: '{}' } }, 400, /parameters\.config/],
    ['a file', 'models/sums/load', { parameters: { 'file:1/a': 'eA==' } }, 400, /published versions alone/],
    [
      'parameters that are none',
      'models/sums/load',
      { parameters: 1 },
      400,
      /parameters: expected an object/,
    ],
    ['another member', 'models/sums/unload', { force: true }, 400, /force: expected no such member/],
    ['another parameter', 'models/sums/unload', { parameters: { now: 1 } }, 400, /parameters\.now/],
    [
      'dependents that are no flag',
      'models/sums/unload',
      { parameters: { unload_dependents: 1 } },
      400,
      /true or false/,
    ],
    ['an index that is no flag', 'index', { ready: 'yes' }, 400, /ready: expected true or false/],
  ]
  for (const [what, path, body, status, message] of refused) {
    test(what, async () => {
      const answer = await post(path, body)
      assert.equal(answer.status, status)
      assert.deepEqual(Object.keys(answer.body), ['error'])
      assert.match(answer.body.error, message)
    })
  }
})

test('statistics count requests, rows and batches by version', async () => {
  const statsOf = async (path: string) => (await request.get(`/v2/models/${path}`)).body.model_stats
  const [before] = await statsOf('sums/versions/1/stats')
  for (const rows of [1, 3, 3]) assert.equal((await infer(rows)).status, 200)
  const [after] = await statsOf('sums/stats')
  assert.deepEqual([after.name, after.version], ['sums', '1'])
  assert.ok(Math.abs(Date.now() - after.last_inference) < 60_000)
  assert.equal(after.inference_count - before.inference_count, 7)
  assert.equal(after.execution_count - before.execution_count, 3)
  const { success, fail, queue, compute_input, compute_infer, compute_output } = after.inference_stats
  assert.equal(success.count - before.inference_stats.success.count, 3)
  assert.equal(fail.count, before.inference_stats.fail.count)
  assert.ok(compute_infer.ns > 0 && compute_input.ns > 0)
  const parts = queue.ns + compute_input.ns + compute_infer.ns + compute_output.ns
  assert.ok(parts >= success.ns * 0.999, `${parts} of ${success.ns}`)
  const threes = after.batch_stats.find((batch: { batch_size: number }) => batch.batch_size === 3)
  assert.equal(threes.compute_infer.count, 2)
  assert.deepEqual(
    (await statsOf('stats')).map(({ name }: { name: string }) => name),
    ['made', 'numbers', 'sums'],
  )
  assert.equal((await request.get('/v2/models/nobody/stats')).status, 404)
})

test('the configuration has the tensors in Triton’s types', async () => {
  const { body } = await request.get('/v2/models/made/versions/1/config')
  assert.deepEqual(body.input, [
    { name: 'a', data_type: 'TYPE_FP32', dims: [-1] },
    { name: 'job', data_type: 'TYPE_STRING', dims: [-1] },
  ])
  assert.equal((await request.get('/v2/models/numbers/config')).body.output[1].dims[1], 3)
})

test('a timeout is kept in microseconds', async () => {
  assert.equal((await infer(1, { parameters: { timeout: 20_000_000 } })).status, 200)
  const late = await infer(1, { parameters: { timeout: 1 } })
  assert.equal(late.status, 504)
  assert.deepEqual(Object.keys(late.body), ['error'])
  assert.match((await infer(1, { parameters: { timeout: -1 } })).body.error, /microseconds/)
})

test('large answers are packed for those who take it', async () => {
  const answer = async (encoding: string, rows: number) => {
    const response = await app.inject({
      method: 'POST',
      url: '/v2/models/sums/infer',
      headers: { 'accept-encoding': encoding },
      payload: { inputs: inputs(rows) },
    })
    assert.equal(response.statusCode, 200)
    return response
  }
  for (const [encoding, unpack] of [
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
  ] as const) {
    const packed = await answer(encoding, 4_000)
    assert.equal(packed.headers['content-encoding'], encoding)
    assert.equal(JSON.parse(unpack(packed.rawPayload).toString()).outputs[0].data.length, 4_000)
  }
  assert.equal((await answer('deflate, gzip;q=0.5', 4_000)).headers['content-encoding'], 'gzip')
  for (const [encoding, rows] of [
    ['identity', 4_000],
    ['gzip;q=0', 4_000],
    ['gzip', 1],
  ] as const) {
    assert.equal((await answer(encoding, rows)).headers['content-encoding'], undefined)
  }
})

test('a restarted api remembers it, and a model that is removed takes it along', async () => {
  const { db } = app.database
  assert.equal((await post('models/made/unload')).status, 200)
  const restarted = new Deployments({
    db,
    artifacts: app.artifacts,
    tasks: app.catalogue.tasks,
    signer: app.signer,
  })
  await restarted.refresh()
  assert.deepEqual([restarted.isLoaded('made'), restarted.isLoaded('sums')], [false, true])
  assert.equal((await request.delete('/v1/models/made')).status, 200)
  assert.deepEqual(await listUnloaded(db), [])
})
