import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { publishHandMade } from '../support/hand-made-versions.js'
import { until } from '../support/service.js'
import { startApp } from './testing.js'

const lines: Record<string, unknown>[] = []
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
const { app, stop } = await startApp({ FLYWHEEL_LOG_LEVEL: 'debug' }, { log })
after(stop)
const [sha256] = await publishHandMade({ app, model: 'made' }, 1)

const logged = (requestId: unknown) => {
  const own = lines.filter((line) => line.requestId === requestId)
  return {
    api: own.filter(({ predictor }) => !predictor),
    predictor: own.filter(({ predictor }) => predictor),
  }
}
const pick = (line: Record<string, unknown> = {}, ...fields: string[]) => fields.map((field) => line[field])

test('a request has one id in its answer, in the api’s log and in the predictor’s', async () => {
  const instances = [
    { a: 1, job: 'x' },
    { a: 2, job: 'y' },
  ]
  const answer = await app.inject({ method: 'POST', url: '/v1/models/made/predict', payload: { instances } })
  assert.equal(answer.statusCode, 200, answer.body)
  const id = answer.headers['x-request-id']
  await until(() => logged(id).predictor.length > 0)
  const { api, predictor } = logged(id)
  assert.equal(api.length, 1)
  assert.deepEqual(pick(api[0], 'msg', 'model', 'version', 'rows'), ['predicted', 'made', 1, 2])
  assert.equal(predictor.length, 1)
  assert.deepEqual(pick(predictor[0], 'msg', 'sha256', 'rows', 'batchRows'), ['answered', sha256, 2, 2])
})

test('a request of another protocol has one too, and its answer names the version', async () => {
  const payload = { instances: [{ a: 1, job: 'x' }] }
  const answer = await app.inject({ method: 'POST', url: '/v1/models/made:predict', payload })
  assert.equal(answer.headers['x-model-version'], '1')
  await until(() => logged(answer.headers['x-request-id']).predictor.length > 0)
})

test('what the predictor could not answer is a warning under the same id', async () => {
  const noVersion = await app.artifacts.put(Buffer.from('{}'))
  const requestId = '00000000-0000-4000-8000-000000000000'
  const { reader } = await app.deployments.resolve({ model: 'made', version: 1 })
  const rows = reader.read([{ a: 1, job: 'x' }])
  await assert.rejects(app.predictors.predict(noVersion.sha256, rows, { requestId }))
  await until(() => logged(requestId).predictor.length > 0)
  assert.deepEqual(pick(logged(requestId).predictor[0], 'level', 'msg'), [40, 'not answered'])
})
