import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { prepareData } from '../../src/jobs/train/prepare-data.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { resolveTrain } from '../../src/jobs/train/resolve.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { fromRows } from '../support/csv-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, trainOn } from '../support/train.js'

const data = fromRows(
  'shop',
  ['city', 'age', 'buys'],
  Array.from({ length: 100 }, (_, row) => [
    `city ${row % 7}`,
    row % 9 === 4 ? '' : String(row),
    row % 3 ? 'yes' : 'no',
  ]),
)

async function prepared(transforms: NonNullable<TrainRequest['transforms']>) {
  const request = { type: 'train', model: 'm', dataset: 'shop', target: 'buys', transforms } as const
  const { specification } = await resolveTrain(request, registryOf(data))
  return prepareData(data.table, specification, await loadCatalogue())
}
const filled = { name: 'impute', columns: 'age' }

test('training rows get encodings of the other folds, validation rows those that are served', async () => {
  const { given, split, chain, learning } = await prepared([
    filled,
    { name: 'target-encode', columns: 'city' },
  ])
  assert.deepEqual(learning, split.training)
  const at = chain.networkColumns.indexOf('city:target')
  const codes = (data.table.columns[0] as { codes: Int32Array }).codes
  const encodings = (places: Int32Array) => {
    const byCity = new Map<number, Set<number>>()
    for (const place of places) {
      const city = codes[given.rows[place] as number] as number
      byCity.set(city, (byCity.get(city) ?? new Set()).add(given.features[place * 2 + at] as number))
    }
    return [...byCity.values()].map(({ size }) => size)
  }
  assert.ok(encodings(given.validation).every((size) => size === 1))
  assert.ok(encodings(given.training).some((size) => size > 1))
})

test('rows that a step leaves out are not learnt from, and no other part loses any', async () => {
  const whole = await prepared([filled, { name: 'one-hot', columns: 'city' }])
  const { split, learning } = await prepared([
    { name: 'drop-missing', columns: 'age' },
    filled,
    { name: 'one-hot', columns: 'city' },
  ])
  assert.deepEqual(split, whole.split)
  assert.deepEqual(
    learning,
    split.training.filter((row) => row % 9 !== 4),
  )
})

test('what rows count in the loss is weighed by the training rows alone', async () => {
  const weighed = { name: 'balance', columns: '*', options: { method: 'weights' } }
  const { given, learning, split, targets } = await prepared([
    weighed,
    filled,
    { name: 'one-hot', columns: 'city' },
  ])
  assert.deepEqual(learning, split.training)
  assert.deepEqual(
    given.targets,
    Float64Array.from(given.rows, (row) => targets[row] as number),
  )
  const rowsOf = (target: number) => given.training.filter((place) => given.targets[place] === target)
  for (const target of [0, 1]) {
    const own = rowsOf(target)
    const expected = Math.fround(learning.length / (2 * own.length))
    assert.ok(own.every((place) => given.rowWeights?.[place] === expected))
  }
  assert.ok(given.validation.every((place) => given.rowWeights?.[place] === 1))
})

test('weights of a step change the loss that is learnt by, and the report tells them', async () => {
  const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
  const still = { epochs: 1, deterministic: true, optimizer: { name: 'sgd', learningRate: 1e-30 } }
  const lossOf = async (options: Record<string, unknown> | null) => {
    const balance = options ? [{ name: 'balance', columns: '*', options }] : []
    const transforms = [...balance, filled, { name: 'one-hot', columns: 'city' }]
    const { report } = await trainOn(data, { target: 'buys', transforms, training: still }, { artifacts })
    return { loss: report.history[0]?.loss ?? 0, changes: report.rowChanges }
  }
  const [weighed, repeated, plain] = [
    await lossOf({ method: 'weights' }),
    await lossOf({ method: 'oversample' }),
    await lossOf(null),
  ]
  assert.ok(Math.abs(weighed.loss - repeated.loss) < 0.02, `${weighed.loss} and ${repeated.loss}`)
  assert.ok(Math.abs(weighed.loss - plain.loss) > 1e-4)
  const { least = 0, most = 0 } = weighed.changes?.[0]?.weights ?? {}
  assert.ok(least < 1 && most > 1)
})

test('rows that are repeated are learnt from as often, and the report counts them', async () => {
  const transforms = [
    { name: 'drop-missing', columns: 'age' },
    { name: 'balance', columns: '*' },
    filled,
    { name: 'target-encode', columns: 'city' },
  ]
  const artifacts = await openArtifactStore(join(await temporaryFolder(), 'artifacts'))
  const training = { epochs: 2, deterministic: true }
  const { report, output } = await trainOn(data, { target: 'buys', transforms, training }, { artifacts })
  const [dropped, balanced] = report.rowChanges ?? assert.fail()
  assert.equal(dropped?.before, report.split.training)
  assert.ok(dropped && dropped.dropped > 0 && dropped.repeated === 0)
  assert.ok(balanced && balanced.dropped === 0 && balanced.repeated > 0)
  assert.equal(balanced.after, balanced.before + balanced.repeated)
  assert.equal(report.training.steps, 2 * Math.ceil(balanced.after / 32))
  assert.deepEqual(output.result.rowChanges, report.rowChanges)
})
