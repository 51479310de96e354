import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { largestAnswerBytes, mostRowsOf } from '../../src/serving/answer-size.js'
import { lineWriter } from '../../src/serving/prediction-line.js'
import { publishProtocolModels } from '../support/protocol-models.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'numbers' })
after(stop)
await publishProtocolModels(app)
const { mostRows } = await app.deployments.resolve({ model: 'numbers', alias: 'champion' })

async function post(url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url, headers: { ...type, ...headers }, payload })
  return { status: answer.statusCode, text: answer.body }
}

function postTensor(rows: number) {
  const shape = [rows, 2]
  const parameters = { binary_data_size: 2 * rows }
  const input = { name: 'features', shape, datatype: 'UINT8', parameters }
  const head = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }))
  return post('/v2/models/numbers/infer', Buffer.concat([head, Buffer.alloc(2 * rows)]), {
    'inference-header-content-length': String(head.length),
  })
}

const said = new RegExp(`more than 64 MiB: this version answers at most ${mostRows} rows at once`)

test('rows whose answers would be too much are a 413 before they are computed, in every protocol', async () => {
  const rows = new Array(mostRows + 1).fill('{"a":1,"b":2}').join()
  for (const [url, body] of [
    ['/v1/models/numbers/predict', `{"instances":[${rows}]}`],
    ['/v1/models/numbers:predict', `{"instances":[${rows}]}`],
    ['/invocations', `{"dataframe_records":[${rows}]}`],
  ] as const) {
    const { status, text } = await post(url, body)
    assert.equal(status, 413, `${url}: ${text.slice(0, 200)}`)
    assert.match(text, said)
  }
  const { status, text } = await postTensor(mostRows + 1)
  assert.equal(status, 413)
  assert.match(text, said)
  assert.equal(app.predictors.restarts, 0)
})

test('as many rows as that are answered', async () => {
  assert.equal((await postTensor(mostRows)).status, 200)
})

test('no answer is longer than what is reckoned with', () => {
  const longest = -1.2345678901234568e-300
  const regression = lineWriter([])({ value: longest })
  assert.ok(mostRowsOf({ classes: [] }) * (regression.length + 1) <= largestAnswerBytes)
  for (const classes of [['a'], ['"\u0001ü', 'b'], [true, false], [1, -2.5, 1e300]]) {
    const probabilities = Object.fromEntries(classes.map((label) => [String(label), longest]))
    for (const label of classes) {
      const line = lineWriter(classes)({ label, probabilities })
      const bytes = Buffer.byteLength(line) + 1
      assert.ok(mostRowsOf({ classes }) * bytes <= largestAnswerBytes, line)
    }
  }
})

test('a version of many classes takes one row at least', () => {
  const classes = Array.from({ length: 100 }, (_, at) => `${at}${'x'.repeat(1024 ** 2)}`)
  assert.equal(mostRowsOf({ classes }), 1)
})
