import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { startApp } from './testing.js'

const rows = Array.from({ length: 30 }, (_, row) => ({
  size: row,
  colour: row % 2 ? 'red' : 'blue',
  kind: row % 3 ? 'a' : 'b',
  same: 'x',
}))
const train = { type: 'train', model: 'm', dataset: 'things', target: 'kind' }

describe('a job that can not be run', () => {
  let app: FastifyInstance
  let stop: () => Promise<void>
  before(async () => {
    ;({ app, stop } = await startApp({ FLYWHEEL_TRAINER_MEMORY_BYTES: String(2 ** 33) }))
    const answer = await app.inject({ method: 'POST', url: '/v1/datasets', body: { name: 'things', rows } })
    assert.equal(answer.statusCode, 201, answer.body)
  })
  after(() => stop())

  const submit = (body: string | object, query = '') =>
    app.inject({
      method: 'POST',
      url: `/v1/jobs${query}`,
      headers: { 'content-type': 'application/json' },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    })

  it('would be run as it is without what is wrong in the cases below', async () => {
    const { statusCode, body } = await submit(train, '?dryRun=true')
    assert.equal(statusCode, 200, body)
  })

  const cases: readonly [name: string, body: string | object, status: number, code: string, named: string][] =
    [
      ['an unknown type', { ...train, type: 'fly' }, 422, 'specification-invalid', 'type'],
      ['no type', {}, 422, 'specification-invalid', 'type'],
      [
        'an alias that is a number',
        { ...train, deploy: { alias: '7' } },
        422,
        'specification-invalid',
        'deploy.alias',
      ],
      ['an unknown dataset', { ...train, dataset: 'nothing' }, 404, 'not-found', 'nothing'],
      ['an unknown target', { ...train, target: 'weight' }, 422, 'specification-invalid', 'weight'],
      [
        'an unknown column',
        { ...train, features: ['size', 'weight'] },
        422,
        'specification-invalid',
        'weight',
      ],
      ['a target with one class', { ...train, target: 'same' }, 422, 'specification-invalid', 'same'],
      [
        'a target in words for regression',
        { ...train, task: 'tabular-regression' },
        422,
        'specification-invalid',
        'not numeric',
      ],
      ['an unknown family', { ...train, family: 'cnn-9000' }, 422, 'specification-invalid', 'family'],
      ['an unknown task', { ...train, task: 'fly' }, 422, 'specification-invalid', 'task'],
      [
        'an unknown hyperparameter',
        { ...train, hyperparameters: { wings: 2 } },
        422,
        'specification-invalid',
        'hyperparameters.wings',
      ],
      [
        'an unknown transform',
        { ...train, transforms: [{ name: 'fly', columns: 'size' }] },
        422,
        'specification-invalid',
        'transforms[0]',
      ],
      ['an extra property', { ...train, wings: 2 }, 422, 'specification-invalid', 'wings'],
      [
        'text for a number',
        { ...train, training: { epochs: '5' } },
        422,
        'specification-invalid',
        'training.epochs',
      ],
      [
        'too many epochs',
        { ...train, training: { epochs: 10_001 } },
        422,
        'specification-invalid',
        'training.epochs',
      ],
      [
        'more memory than a trainer may have',
        { ...train, hyperparameters: { hiddenUnits: Array.from({ length: 32 }, () => 65_536) } },
        422,
        'specification-invalid',
        'memory',
      ],
      [
        'a field to search that there is not',
        {
          ...train,
          type: 'search',
          search: { space: { learningRate: { uniform: [0, 1] }, '': { choice: [1] } } },
        },
        422,
        'specification-invalid',
        'search.space.learningRate: expected no such property',
      ],
      ['an unknown model to update', { type: 'update', model: 'nothing' }, 404, 'not-found', 'nothing'],
      [
        '1e999',
        '{"type":"train","model":"m","dataset":"things","target":"kind","training":{"epochs":1e999}}',
        400,
        'request-invalid',
        'training.epochs',
      ],
      ['a list', [train], 400, 'request-invalid', ''],
      ['100,000 levels', '{"type":'.repeat(100_000), 400, 'body-malformed', ''],
      ['a NUL in a name', { ...train, target: 'a\u0000' }, 422, 'specification-invalid', 'target'],
      [
        'half of a surrogate pair',
        '{"type":"train","model":"m","dataset":"things","target":"\\ud800"}',
        422,
        'specification-invalid',
        'target',
      ],
    ]
  for (const [name, body, status, code, named] of cases) {
    it(`${name} is ${status} ${code}`, async () => {
      for (const query of ['', '?dryRun=true']) {
        const answer = await submit(body, query)
        assert.deepEqual([answer.statusCode, answer.json().code], [status, code], answer.body)
        assert.ok(answer.body.includes(named), answer.body)
      }
    })
  }

  it('tells which batch size fits the memory, and why none does', async () => {
    const answerOf = async (hiddenUnits: number[]) =>
      (await submit({ ...train, hyperparameters: { hiddenUnits }, training: { batchSize: 65_536 } })).json()
    const limitBytes = 2 ** 33
    const fits = await answerOf(Array.from({ length: 32 }, () => 2048))
    assert.equal(fits.limitBytes, limitBytes)
    assert.ok(fits.estimatedBytes > limitBytes)
    assert.ok(fits.detail.endsWith(`; a batchSize of ${fits.fittingBatchSize} would fit`), fits.detail)
    const none = await answerOf(Array.from({ length: 32 }, () => 65_536))
    assert.equal(none.fittingBatchSize, null)
    assert.match(none.reason, /^the data, the network and answers to it take about .* GiB whatever/)
  })

  it('leaves nothing behind', async () => {
    assert.deepEqual((await app.inject('/v1/jobs')).json(), { data: [], nextCursor: null })
    const { artifactsFolder } = app.config
    assert.deepEqual(await readdir(join(artifactsFolder, 'uploads')), [])
  })

  it('is taken back when the queue can not be reached', async () => {
    const answer = await submit(train)
    assert.deepEqual([answer.statusCode, answer.json().code], [503, 'queue-unavailable'])
    assert.ok(Number(answer.headers['retry-after']) >= 1)
    assert.deepEqual((await app.inject('/v1/jobs')).json().data, [])
  })
})
