import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { handMadeClasses, handMadeProbabilities } from '../support/hand-made-model.js'
import { type RawAnswer, sendAtOnce } from '../support/pipelined.js'
import { publishMade } from '../support/publish-made.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
await publishMade(app, { model: 'made', versions: 2 })
const address = await app.listen({ host: '127.0.0.1', port: 0 })

const post = (instances: readonly object[], query = '') =>
  fetch(`${address}/v1/models/made/predict${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances }),
  })
const settings = (payload?: object) =>
  app.inject({
    method: payload === undefined ? 'GET' : 'PUT',
    url: '/v1/models/made/serving',
    ...(payload === undefined ? {} : { payload }),
  })

interface Answered {
  readonly predictions: { probabilities: Record<string, number> }[]
  readonly debug: { queueMs: number; delayMs: number; computeMs: number; batchRows: number }
}

const PER_CONNECTION = 20

async function checkAnswers(requests: number): Promise<Answered['debug'][]> {
  const asked = Array.from({ length: requests }, (_, request) =>
    Array.from({ length: 1 + (request % 4) }, (_, row) => ({
      a: ((request * 4 + row) * 3) / requests - 6,
      job: row % 2 ? 'x' : null,
    })),
  )
  const groups = Array.from({ length: Math.ceil(requests / PER_CONNECTION) }, (_, group) =>
    asked.slice(group * PER_CONNECTION, (group + 1) * PER_CONNECTION).map((instances) => ({
      path: '/v1/models/made/predict?debug=true',
      body: Buffer.from(JSON.stringify({ instances })),
    })),
  )
  const answers = (await Promise.all(groups.map((group) => sendAtOnce(address, group)))).flat()
  return asked.map((instances, request) => {
    const { status, body } = answers[request] as RawAnswer
    assert.equal(status, 200, body.toString())
    const { predictions, debug } = JSON.parse(body.toString()) as Answered
    for (const [row, instance] of instances.entries()) {
      const expected = handMadeProbabilities(instance)
      for (const [index, name] of handMadeClasses.entries()) {
        const difference = (predictions[row]?.probabilities[name] ?? Number.NaN) - (expected[index] as number)
        assert.ok(Math.abs(difference) < 1e-5, `request ${request}, row ${row}`)
      }
    }
    assert.equal(predictions.length, instances.length)
    assert.ok(debug.batchRows >= instances.length && debug.computeMs > 0)
    return debug
  })
}

test('1,000 requests over HTTP get their own answers, and how they came about', async () => {
  const all = await checkAnswers(1_000)
  assert.ok(all.every(({ delayMs }) => delayMs === 0))
  assert.ok(all.some(({ batchRows }) => batchRows > 4))
  const plain = (await (await post([{ a: 1, job: 'x' }])).json()) as object
  assert.deepEqual(Object.keys(plain), ['predictions', 'model'])
})

test('a version’s page says what computes its answers, and why', async () => {
  const shown = async (version: number) =>
    (await app.inject(`/v1/models/made/versions/${version}`)).json().serving
  while (!(await shown(1)).loaded) await new Promise(setImmediate)
  assert.deepEqual(await shown(1), {
    loaded: true,
    executor: 'tensorflow',
    reason: 'it has no ONNX form: it was published before versions had one',
  })
  assert.deepEqual(await shown(2), {
    loaded: false,
    executor: null,
    reason: 'it is not in memory: its first request loads it',
  })
})

test('a latency target is set, shown, followed at once and taken back', async () => {
  assert.deepEqual((await settings()).json(), {})
  assert.deepEqual((await settings({ latencyTargetMs: 40 })).json(), { latencyTargetMs: 40 })
  assert.deepEqual((await settings()).json(), { latencyTargetMs: 40 })
  const resolved = await app.deployments.resolve({ model: 'made', alias: 'champion' })
  assert.deepEqual(resolved.serving, { latencyTargetMs: 40 })
  for (const { queueMs, delayMs } of await checkAnswers(500)) assert.ok(delayMs <= queueMs + 0.01)
  assert.equal((await settings({})).statusCode, 200)
  assert.deepEqual((await settings()).json(), {})
})

test('with one row a batch every request is computed alone', async () => {
  assert.equal((await settings({ maxBatchRows: 1 })).statusCode, 200)
  const alone = await checkAnswers(200)
  assert.ok(alone.every(({ batchRows }, request) => batchRows === 1 + (request % 4)))
  assert.equal((await settings({ maxBatchRows: 8 })).statusCode, 200)
  const few = await checkAnswers(200)
  assert.ok(few.every(({ batchRows }) => batchRows <= 8))
  assert.ok(few.some(({ batchRows }) => batchRows > 4))
  await settings({})
})

for (const [what, payload, path] of [
  ['batches of no rows', { maxBatchRows: 0 }, 'maxBatchRows'],
  ['batches that are too large', { maxBatchRows: 2_049 }, 'maxBatchRows'],
  ['a target of nothing', { latencyTargetMs: 0 }, 'latencyTargetMs'],
  ['a target that is a text', { latencyTargetMs: '20' }, 'latencyTargetMs'],
  ['another setting', { batchSize: 4 }, 'batchSize'],
] as const) {
  test(`serving settings refuse ${what}`, async () => {
    const response = await settings(payload)
    assert.equal(response.statusCode, 400)
    assert.equal(response.json().errors[0].path, path)
  })
}

test('a model that is not there has no serving settings', async () => {
  for (const method of ['GET', 'PUT'] as const) {
    const url = '/v1/models/nobody/serving'
    const response = await app.inject({ method, url, ...(method === 'PUT' ? { payload: {} } : {}) })
    assert.equal(response.statusCode, 404)
  }
})

/** Runs while the predictor's process stands still. */
async function whileStopped(run: () => Promise<void>): Promise<void> {
  const pid = app.predictors.pids[0] as number
  process.kill(pid, 'SIGSTOP')
  try {
    await run()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}

test('a request has the time that it gives itself', async () => {
  await whileStopped(async () => {
    const response = await post([{ a: 1, job: 'x' }], '?timeoutMs=100')
    assert.equal(response.status, 504)
    assert.equal(((await response.json()) as { code: string }).code, 'deadline-exceeded')
  })
  assert.equal((await post([{ a: 1, job: 'x' }], '?timeoutMs=30000')).status, 200)
  assert.equal((await post([{ a: 1, job: 'x' }], '?timeoutMs=0')).status, 400)
})

test('a client that goes away frees its place', async () => {
  await whileStopped(async () => {
    const controllers = Array.from({ length: 20 }, () => new AbortController())
    const requests = controllers.map(({ signal }) =>
      fetch(`${address}/v1/models/made/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ instances: [{ a: 1, job: 'x' }] }),
        signal,
      }),
    )
    while (app.predictors.waiting < 20) await new Promise(setImmediate)
    for (const controller of controllers) controller.abort()
    await Promise.allSettled(requests)
    while (app.predictors.waiting > 0) await new Promise(setImmediate)
  })
  assert.equal((await post([{ a: 1, job: 'x' }])).status, 200)
})
