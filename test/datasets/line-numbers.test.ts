import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { lineNumbers } from '../../src/datasets/csv/line-numbers.js'
import { temporaryFolder } from '../support/temporary-folder.js'

for (const [what, end] of [
  ['\\n', '\n'],
  ['\\r\\n', '\r\n'],
  ['\\r', '\r'],
] as const) {
  test(`positions stand in lines that end with ${what}`, async () => {
    const path = join(await temporaryFolder(), 'lines.csv')
    const text = ['a,b', '1,2', '', '"x', 'y",4', '5,6'].join(end)
    await writeFile(path, text)
    const offsets = ['a,b', '1,2', '"x', '5,6'].map((start) => text.indexOf(start))
    assert.deepEqual(await lineNumbers(path, offsets), [1, 2, 4, 6])
    assert.deepEqual(await lineNumbers(path, [0, 0, 1]), [1, 1, 1])
    assert.deepEqual(await lineNumbers(path, []), [])
  })
}
