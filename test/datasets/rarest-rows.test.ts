import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ingest } from '../../src/datasets/ingest.js'
import { temporaryFolder } from '../support/temporary-folder.js'

test('a dataset knows how often the rarest value of an integer column with few values stands', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'rows.csv')
  const rows = Array.from(
    { length: 100 },
    (_, row) => `${row < 3 ? 9 : row % 4},${row},${row % 2 ? 'x' : 'y'}`,
  )
  await writeFile(path, `few,many,text\n${rows.join('\n')}\n`)
  const output = join(folder, 'rows.parquet')
  const { columns } = await ingest({ path, format: 'csv', folder, output, onInvalidRow: 'reject', types: {} })
  assert.deepEqual(
    columns.map(({ rarestRows }) => rarestRows),
    [3, undefined, undefined],
  )
})
