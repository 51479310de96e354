import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { countValues } from '../../src/datasets/count-values.js'
import { literal, withDuckDb } from '../../src/datasets/duckdb.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const ROWS = 6_000_000

test('in millions of rows values that all differ are counted as such, and others nearly', async () => {
  const path = join(folder, 'large.parquet')
  const counted = await withDuckDb({ spillFolder: join(folder, 'spill') }, async (connection) => {
    const columns = [
      'range as c0',
      `range % ${0.9 * ROWS} as c1`,
      'case when range % 2 = 0 then range end as c2',
      'range % 7 as c3',
    ]
    await connection.run(
      `copy (select ${columns.join(', ')} from range(${ROWS})) to ${literal(path)} (format parquet)`,
    )
    return countValues(connection, {
      paths: [path],
      types: ['integer', 'integer', 'integer', 'integer'],
      known: () => null,
    })
  })
  const [all = 0, nearly = 0, half = 0, few = 0] = counted.columns.map(({ distinct }) => distinct)
  assert.deepEqual([all, half, few], [ROWS, ROWS / 2, 7])
  assert.ok(Math.abs(nearly / (0.9 * ROWS) - 1) < 0.01, String(nearly))
})
