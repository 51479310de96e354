import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Search } from '../../src/evaluation/report/search-schema.js'
import { testData } from '../support/csv-table.js'
import { startService } from '../support/service.js'

const skip = testData === null && 'FLYWHEEL_TEST_DATA is not there'

test('a search on adult improves the default within five minutes, or says that it did not', {
  skip,
}, async () => {
  const service = await startService({ jobTypes: null, workers: 2 })
  const { request } = service
  const csv = gunzipSync(readFileSync(join(testData ?? '', 'adult.csv.gz')))
  await request.post('/v1/datasets?name=adult').type('text/csv').send(csv)
  const started = Date.now()
  const job = await service.ended(
    await service.submit({
      type: 'search',
      model: 'adult',
      dataset: 'adult',
      target: 'income',
      search: {
        space: {
          'hyperparameters.hiddenUnits': { choice: [[32], [64], [64, 64], [128, 64]] },
          'hyperparameters.activation': { choice: ['relu', 'elu', 'tanh'] },
          'hyperparameters.dropout': { uniform: [0, 0.4] },
          'training.optimizer.learningRate': { logUniform: [0.0003, 0.01] },
          'training.batchSize': { choice: [32, 64, 128, 256] },
        },
        trials: 100,
        budgetSeconds: 240,
      },
    }),
  )
  const seconds = (Date.now() - started) / 1000
  assert.equal(job.state, 'succeeded', JSON.stringify(job.error))
  assert.ok(seconds <= 300, `${seconds} s`)
  const { search }: { search: Search } = (await request.get('/v1/models/adult/versions/1/report')).body
  const { validation, test: kept, improved, statement, trials } = search
  const done = trials.filter(({ state }) => state === 'succeeded').length
  console.log(`${done} of ${trials.length} trials in ${seconds.toFixed(0)} s: ${statement}`)
  if (improved) assert.ok((validation.best ?? 0) > (validation.default ?? 1))
  else assert.match(statement, /has not improved/)
  assert.ok((kept.best ?? 0) >= 0.845)
})
