import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import supertest from 'supertest'
import { handMadeProbabilities } from '../../support/hand-made-model.js'
import { numberProbabilities, publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'

const { app, stop } = await startApp()
after(stop)
await publishProtocolModels(app)
const request = supertest(app.server)

/** As curl sends it: without a word on what it is. */
const ask = (question: string, body: string | object) =>
  request
    .post(`/v1/models/${question}`)
    .type('application/x-www-form-urlencoded')
    .send(typeof body === 'string' ? body : JSON.stringify(body))
const near = (given: readonly number[], expected: readonly number[]) => {
  assert.equal(given.length, expected.length)
  for (const [at, value] of given.entries()) assert.ok(Math.abs(value - (expected[at] as number)) < 1e-6)
}

test('rows answer predictions, with version and label in the path too', async () => {
  for (const place of ['made', 'made/versions/1', 'made/labels/champion']) {
    const { status, body } = await ask(`${place}:predict`, { instances: [{ a: 2, job: 'x' }] })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(Object.keys(body), ['predictions'])
    assert.equal(body.predictions[0].label, '9')
    near(body.predictions[0].probabilities, handMadeProbabilities({ a: 2, job: 'x' }))
  }
})

test('rows of numbers are objects, lists or features; one output stands bare', async () => {
  const forms = [{ a: 1, b: 2 }, [1, 2], { features: [1, 2] }]
  for (const form of forms) {
    assert.deepEqual((await ask('sums:predict', { instances: [form] })).body, { predictions: [5] })
  }
})

test('columns answer outputs, and predictions beside them', async () => {
  const { body } = await ask('numbers:predict', { inputs: { a: [1, 2], b: [[3], [4]] } })
  assert.deepEqual(Object.keys(body), ['outputs', 'predictions'])
  near(body.outputs.probabilities.flat(), [...numberProbabilities([1, 3]), ...numberProbabilities([2, 4])])
  assert.deepEqual(
    body.outputs.label,
    body.predictions.map((row: { label: string }) => row.label),
  )
  for (const inputs of [{ features: [[1, 2]] }, [[1, 2]], [{ a: 1, b: 2 }]]) {
    assert.deepEqual((await ask('sums:predict', { inputs })).body, { outputs: [5], predictions: [5] })
  }
})

test('NaN is a missing value, and base64 stands for bytes', async () => {
  assert.deepEqual((await ask('sums:predict', '{"instances":[[NaN,2],[1, NaN]]}')).body, {
    predictions: [4, 1],
  })
  const job = { b64: Buffer.from('x').toString('base64') }
  const { body } = await ask('made:predict', { instances: [{ a: 2, job }] })
  near(body.predictions[0].probabilities, handMadeProbabilities({ a: 2, job: 'x' }))
})

test('classify and regress take examples with a context', async () => {
  const classified = await ask('made:classify', {
    context: { job: 'x' },
    examples: [{ a: 2 }, { a: 0, job: 'y' }],
  })
  assert.deepEqual(
    classified.body.results[0].map(([label]: [string]) => label),
    ['b', '10', '9'],
  )
  near(
    classified.body.results[1].map(([, score]: [string, number]) => score),
    handMadeProbabilities({ a: 0, job: 'y' }),
  )
  const regressed = await ask('sums:regress', {
    signature_name: 'serving_default',
    examples: [{ a: [1], b: 2 }],
  })
  assert.deepEqual(regressed.body, { results: [5] })
})

test('status and metadata stand where TensorFlow Serving and KServe have them', async () => {
  const status = [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }]
  for (const path of ['made', 'made/versions/1', 'made/labels/champion']) {
    assert.deepEqual((await request.get(`/v1/models/${path}`)).body.model_version_status, status)
  }
  const { body } = await request.get('/v1/models/made')
  assert.deepEqual([body.name, body.ready], ['made', true])
  assert.deepEqual((await request.get('/')).body, { status: 'alive' })
  const paged = (await request.get('/v1/models?limit=1')).body
  assert.deepEqual([paged.data.length, paged.models], [1, ['made', 'numbers', 'sums']])
  assert.deepEqual((await request.get('/v1/models')).body.models, ['made', 'numbers', 'sums'])
  const { model_spec, metadata } = (await request.get('/v1/models/numbers/metadata')).body
  assert.deepEqual(model_spec, { name: 'numbers', signature_name: '', version: '1' })
  const { inputs, outputs } = metadata.signature_def.signature_def.serving_default
  assert.equal(inputs.features.dtype, 'DT_FLOAT')
  assert.deepEqual(inputs.features.tensor_shape.dim, [
    { size: '-1', name: '' },
    { size: '2', name: '' },
  ])
  assert.deepEqual(Object.keys(outputs), ['label', 'probabilities'])
})

describe('what is wrong is said as { error }', () => {
  const refused: [string, string, string | object, RegExp][] = [
    ['neither member', 'sums:predict', {}, /either instances or inputs, received neither/],
    ['both members', 'sums:predict', { instances: [1], inputs: [1] }, /received both/],
    ['another member', 'sums:predict', { instances: [[1, 2]], mode: 1 }, /mode: expected no such member/],
    ['another signature', 'sums:predict', { signature_name: 'x', instances: [[1, 2]] }, /serving_default/],
    ['an empty list', 'sums:predict', { instances: [] }, /instances: expected a list that is not empty/],
    [
      'a list that is too short',
      'sums:predict',
      { instances: [[1]] },
      /instances\[0\]: expected 2 numbers, for a, b/,
    ],
    ['a bare value', 'sums:predict', { instances: [1] }, /an object of columns or a list of numbers/],
    [
      'a wrong type',
      'sums:predict',
      { instances: [['1', 2]] },
      /instances\[0\]\.a: expected a finite number/,
    ],
    ['an unknown column', 'made:predict', { instances: [{ a: 1, job: 'x', z: 1 }] }, /instances\[0\]\.z/],
    [
      'an infinite number',
      'sums:predict',
      '{"instances":[[-Infinity,2]]}',
      /instances\[0\]\[0\]: expected a finite/,
    ],
    [
      'columns of different lengths',
      'sums:predict',
      { inputs: { a: [1, 2], b: [1] } },
      /inputs\.b: expected 2 values/,
    ],
    ['a column that is no list', 'sums:predict', { inputs: { a: 1, b: 1 } }, /inputs\.a: expected a list/],
    ['base64 that is none', 'made:predict', { instances: [{ a: 1, job: { b64: '%' } }] }, /expected base64/],
    [
      'examples that are no objects',
      'sums:regress',
      { examples: [[1, 2]] },
      /examples\[0\]: expected an object/,
    ],
    ['values of a classification', 'made:regress', { examples: [{ a: 1, job: 'x' }] }, /ask :classify/],
    ['labels of a regression', 'sums:classify', { examples: [{ a: 1, b: 1 }] }, /ask :regress/],
    ['no JSON', 'sums:predict', '{"instances":', /not valid JSON/],
    [
      'a question that there is not',
      'sums:explain',
      {},
      /^Malformed request: POST \/v1\/models\/sums:explain$/,
    ],
  ]
  for (const [what, question, body, message] of refused) {
    test(what, async () => {
      const response = await ask(question, body)
      assert.equal(response.status, 400, response.text)
      assert.deepEqual(Object.keys(response.body), ['error'])
      assert.match(response.body.error, message)
    })
  }

  test('models, versions and labels that are not there', async () => {
    for (const place of ['nobody', 'made/versions/7', 'made/labels/nobody']) {
      const response = await ask(`${place}:predict`, { instances: [{}] })
      assert.equal(response.status, 404)
      assert.deepEqual(Object.keys(response.body), ['error'])
    }
    assert.deepEqual(Object.keys((await request.get('/v1/models/nobody/metadata')).body), ['error'])
  })
})
