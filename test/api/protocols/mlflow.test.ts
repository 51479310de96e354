import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import supertest from 'supertest'
import { handMadeProbabilities } from '../../support/hand-made-model.js'
import { publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'

const { app, stop } = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'sums' })
after(stop)
await publishProtocolModels(app)
const request = supertest(app.server)
const mixed = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'made@1' })
after(mixed.stop)
await publishProtocolModels(mixed.app)

const invoke = (body: string | object, type = 'application/json', server = app.server) =>
  supertest(server)
    .post('/invocations')
    .set('content-type', type)
    .send(typeof body === 'string' ? body : JSON.stringify(body))

describe('every form of a scoring request is answered', () => {
  const forms: [string, string | object, string?][] = [
    [
      'dataframe_split',
      {
        dataframe_split: {
          columns: ['b', 'a'],
          index: [0, 1],
          data: [
            [2, 1],
            [3, 1],
          ],
        },
        params: {},
      },
    ],
    [
      'dataframe_records',
      {
        dataframe_records: [
          { a: 1, b: 2 },
          { b: 3, a: 1 },
        ],
      },
    ],
    ['instances', { instances: [[1, 2], { a: 1, b: 3 }], parameters: {} }],
    ['inputs by columns', { inputs: { a: [1, 1], b: [2, 3] } }],
    [
      'inputs by rows',
      {
        inputs: [
          [1, 2],
          [1, 3],
        ],
      },
    ],
    ['CSV', 'a,b\n1,2\n1,3\n', 'text/csv'],
    ['quoted CSV', '"a","b"\r\n"1","2"\r\n 1 ,3', 'application/csv; charset=utf-8'],
  ]
  for (const [what, body, type] of forms) {
    test(what, async () => {
      const response = await invoke(body, type)
      assert.equal(response.status, 200, response.text)
      assert.deepEqual(response.body, { predictions: [5, 7] })
    })
  }

  test('missing values', async () => {
    assert.deepEqual((await invoke('a,b\n,2\nNA,NaN\n', 'text/csv')).body, { predictions: [4, 0] })
    assert.deepEqual((await invoke('{"inputs":{"a":[NaN],"b":[2]}}')).body, { predictions: [4] })
  })

  test('labels with their probabilities, of texts with commas and quotes', async () => {
    const { body } = await invoke('a,job\n2,x\n2,"say ""x"", y"\n', 'text/csv', mixed.app.server)
    assert.equal(body.predictions[0].label, '9')
    for (const [row, job] of ['x', null].entries()) {
      for (const [at, expected] of handMadeProbabilities({ a: 2, job }).entries()) {
        assert.ok(Math.abs(body.predictions[row].probabilities[at] - expected) < 1e-6)
      }
    }
  })
})

test('ping, health and version', async () => {
  for (const path of ['/ping', '/health']) {
    const { status, text } = await request.get(path)
    assert.deepEqual([status, text], [200, '\n'])
  }
  assert.match((await request.get('/version')).text, /^\d+\.\d+\.\d+$/)
})

describe('what is wrong is said with error_code and message', () => {
  const refused: [string, string | object, RegExp, string?][] = [
    ['a bare list', [[1, 2]], /an object with one of dataframe_split/],
    ['no form', {}, /exactly one of .* received none/],
    ['two forms', { instances: [[1, 2]], inputs: [[1, 2]] }, /received instances and inputs/],
    ['a signature', { signature_name: 'x', instances: [[1, 2]] }, /signature_name: expected no such member/],
    ['parameters', { instances: [[1, 2]], params: { top: 3 } }, /params: expected nothing/],
    [
      'a row that is too short',
      { dataframe_split: { columns: ['a', 'b'], data: [[1]] } },
      /data\[0\]: expected a list of 2/,
    ],
    [
      'a column twice',
      { dataframe_split: { columns: ['a', 'a'], data: [[1, 2]] } },
      /each column once, received a again/,
    ],
    ['a column twice in the header', 'a,b,a\n1,2,3\n', /each column once, received a again/, 'text/csv'],
    ['an unknown column', 'a,b,other\n1,2,3\n', /the header: .* received "other"/, 'text/csv'],
    [
      'an unknown column of a split',
      { dataframe_split: { columns: ['a', 'b', 'other'], data: [[1, 2, 3]] } },
      /dataframe_split.columns: .* received "other"/,
    ],
    [
      'a million columns, of which none is known',
      `${Array.from({ length: 1_000_000 }, (_, at) => at).join()}\n${','.repeat(999_999)}\n`,
      /the header: .* received "0"/,
      'text/csv',
    ],
    ['a missing column', { dataframe_records: [{ a: 1 }] }, /dataframe_records\[0\]\.b/],
    [
      'a wrong type',
      { dataframe_records: [{ a: 1, b: 'x' }] },
      /dataframe_records\[0\]\.b: expected a finite number/,
    ],
    ['a header alone', 'a,b\n', /a header and at least one row/, 'text/csv'],
    ['a record that is too short', 'a,b\n1\n', /row 0: expected 2 values/, 'text/csv'],
    ['a quote that is open', 'a,b\n"1,2\n', /a quote that closes/, 'text/csv'],
    ['text behind a quote', 'a,b\n"1"x,2\n', /a comma behind/, 'text/csv'],
    ['a text for a number', 'a,b\n1,0x10\n', /row 0\.b: expected a finite number/, 'text/csv'],
  ]
  for (const [what, body, message, type] of refused) {
    test(what, async () => {
      const response = await invoke(body, type)
      assert.equal(response.status, 400, response.text)
      assert.equal(response.body.error_code, 'BAD_REQUEST')
      assert.match(response.body.message, message)
    })
  }

  test('another content type or character set is a 415 in plain text', async () => {
    for (const type of ['text/html', 'application/json; charset=latin1', 'text/csv; charset=utf-16']) {
      const response = await invoke('{}', type)
      assert.deepEqual([response.status, response.type], [415, 'text/plain'])
    }
  })

  test('several models without one that is named, and none', async () => {
    const unnamed = await startApp()
    assert.equal((await supertest(unnamed.app.server).get('/ping')).status, 404)
    await publishProtocolModels(unnamed.app)
    await unnamed.app.deployments.refresh()
    const { status, body } = await invoke({ instances: [[1, 2]] }, 'application/json', unnamed.app.server)
    assert.equal(status, 400)
    assert.match(body.message, /made, numbers, sums.*FLYWHEEL_INVOCATIONS_MODEL/)
    await unnamed.stop()
  })
})

test('every model is an endpoint of its own to mlflow.deployments', async () => {
  const endpoint = {
    name: 'sums',
    endpoint_type: 'flywheel/v1/invocations',
    model: { name: 'sums', provider: 'flywheel' },
    endpoint_url: '/endpoints/sums/invocations',
    limit: null,
  }
  assert.deepEqual((await request.get('/api/2.0/endpoints/sums')).body, endpoint)
  const { endpoints } = (await request.get('/api/2.0/endpoints/')).body
  assert.deepEqual(
    endpoints.map(({ name }: { name: string }) => name),
    ['made', 'numbers', 'sums'],
  )
  const answer = await request.post(endpoint.endpoint_url).send({ instances: [[1, 2]] })
  assert.deepEqual(answer.body, { predictions: [5] })
  for (const [path, status] of [
    ['/endpoints/nobody/invocations', 404],
    ['/endpoints/Nobody/invocations', 400],
  ] as const) {
    const refused = await request.post(path).send({ instances: [[1, 2]] })
    assert.equal(refused.status, status)
    assert.deepEqual(Object.keys(refused.body), ['error_code', 'message'])
  }
  assert.equal((await request.get('/api/2.0/endpoints/nobody')).body.error_code, 'NOT_FOUND')
})

test('a container answers its contract’s routes alone, without a key and by any host', async () => {
  const container = await startApp({
    AIP_HTTP_PORT: '8080',
    AIP_HEALTH_ROUTE: '/v1/models/healthy',
    AIP_PREDICT_ROUTE: '/v1/models/sums:predict',
    FLYWHEEL_ADMIN_KEY: 'k'.repeat(40),
    FLYWHEEL_INVOCATIONS_MODEL: 'sums',
  })
  assert.equal(container.app.config.host, '0.0.0.0')
  await publishProtocolModels(container.app)
  const ask = supertest(container.app.server)
  for (const path of ['/v1/models/sums:predict', '/invocations']) {
    const sent = ask
      .post(path)
      .set('host', 'endpoint.example')
      .send({ instances: [[1, 2]] })
    assert.deepEqual((await sent).body, { predictions: [5] })
  }
  for (const path of ['/v1/models/healthy', '/ping']) assert.equal((await ask.get(path)).text, '\n')
  const others = [
    '/v1/models',
    '/v1/keys',
    '/v2',
    '/metrics',
    '/docs',
    '/livez',
    '/version',
    '/openapi.json',
    '/no',
  ]
  for (const path of others) assert.equal((await ask.get(path)).status, 404, path)
  await container.stop()
})
