import assert from 'node:assert/strict'
import { test } from 'node:test'
import { read, refusal } from './reading.js'

/** Larger than what is guessed from, so that storing begins before the file is checked. */
const ROWS = 280_000
const LINE = 'a line long enough that so many of them are a large file'
const lines = (cell: (row: number) => string): string =>
  `n,t\n${Array.from({ length: ROWS }, (_, row) => `${cell(row)},${LINE}\n`).join('')}`

test('a large file is read as its beginning suggests', async () => {
  const { rows, columns, values } = await read(lines(String))
  assert.deepEqual([rows, columns[0]?.type, columns[0]?.distinct], [ROWS, 'integer', ROWS])
  assert.ok(values.n?.every((value, row) => value === row))
})

test('a large file whose end is of another type than its beginning is read by all of it', async () => {
  const { columns, values } = await read(lines((row) => (row < ROWS / 2 ? String(row) : ` x${row} `)))
  assert.equal(columns[0]?.type, 'identifier')
  assert.deepEqual([values.n?.[0], values.n?.at(-1)], ['0', `x${ROWS - 1}`])
})

test('a large file with a bad row at its end is refused by that row', async () => {
  const { code, errors } = await refusal(`${lines(String)}wide,x\n`)
  assert.equal(code, 'dataset-rows-invalid')
  assert.deepEqual(errors, [
    { path: `row ${ROWS + 1}, n`, line: ROWS + 2, expected: 'an integer', received: '"wide"' },
  ])
})
