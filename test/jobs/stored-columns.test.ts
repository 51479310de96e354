import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openColumnStore } from '../../src/datasets/columns/column-store.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { prepareData } from '../../src/jobs/train/prepare-data.js'
import type { TrainRequest } from '../../src/jobs/train/request.js'
import { resolveTrain } from '../../src/jobs/train/resolve.js'
import { fromRows } from '../support/csv-table.js'
import { storedTable } from '../support/stored-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf } from '../support/train.js'

/** More than two blocks, with missing values, repeated rows and texts. */
const data = fromRows(
  'shop',
  ['city', 'note', 'age', 'price', 'buys'],
  Array.from({ length: 40_000 }, (_, row) => [
    `city ${row % 7}`,
    row % 5 === 0 ? '' : ` Note ${(row * 31) % 9_001}`,
    row % 9 === 4 ? '' : String(row % 101),
    String(((row * 7919) % 100_003) / 8),
    (row * 31) % 3 ? 'yes' : 'no',
  ]),
)

const chains: Record<string, NonNullable<TrainRequest['transforms']>> = {
  'fill, scale and encode': [
    { name: 'impute', columns: 'age', options: { strategy: 'median', indicator: true } },
    { name: 'scale', columns: ['age', 'price'] },
    { name: 'trim', columns: 'note', options: { case: 'lower' } },
    { name: 'hash', columns: 'note', options: { buckets: 4 } },
    { name: 'one-hot', columns: 'city' },
  ],
  'drop, balance, encode by other folds and reduce': [
    { name: 'drop-missing', columns: ['age'] },
    { name: 'drop-outliers', columns: ['price'] },
    { name: 'deduplicate', columns: ['city', 'age', 'price'] },
    { name: 'balance', columns: '*' },
    { name: 'impute', columns: 'age' },
    { name: 'target-encode', columns: ['city', 'note'] },
    { name: 'quantile', columns: 'price' },
    { name: 'pca', columns: ['age', 'price'], options: { components: 2 } },
  ],
}

for (const [name, transforms] of Object.entries(chains)) {
  test(`${name}: columns in a file give the very features of columns in memory`, async (t) => {
    const request = { type: 'train', model: 'm', dataset: 'shop', target: 'buys', transforms } as const
    const { specification } = await resolveTrain(request, registryOf(data))
    const catalogue = await loadCatalogue()
    const store = openColumnStore({ folder: await temporaryFolder(), heldBytes: 0 })
    t.after(() => store.close())
    const inMemory = await prepareData(data.table, specification, catalogue)
    const inFile = await prepareData(storedTable(data.table, store), specification, { ...catalogue, store })
    assert.deepEqual(inFile.split, inMemory.split)
    assert.deepEqual(inFile.learning, inMemory.learning)
    assert.deepEqual(inFile.chain.transforms, inMemory.chain.transforms)
    const bytesOf = ({ given }: typeof inFile) => Buffer.from(given.features.buffer)
    assert.equal(Buffer.compare(bytesOf(inFile), bytesOf(inMemory)), 0)
    assert.deepEqual({ ...inFile.given, features: null }, { ...inMemory.given, features: null })
  })
}
