import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { type TestContext, test } from 'node:test'
import type { Column, Table } from '../../src/contracts/table.js'
import { type ColumnStore, openColumnStore } from '../../src/datasets/columns/column-store.js'
import { readPart } from '../../src/datasets/columns/later-column.js'
import { hashRows } from '../../src/datasets/row-hash.js'
import { blocksOf, copyRows, selectRows, sliceRows } from '../../src/datasets/select-rows.js'
import { storedTable } from '../support/stored-table.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const rows = 20_000
const table: Table = {
  rows,
  columns: [
    { kind: 'numeric', name: 'x', values: Float64Array.from({ length: rows }, (_, row) => row / 7) },
    {
      kind: 'text',
      name: 'city',
      codes: Int32Array.from({ length: rows }, (_, row) => (row % 11) - 1),
      dictionary: Array.from({ length: 10 }, (_, city) => `city ${city}`),
    },
    {
      kind: 'text',
      name: 'id',
      codes: Int32Array.from({ length: rows }, (_, row) => rows - 1 - row),
      dictionary: Array.from({ length: rows }, (_, id) => `id ${id}`),
    },
    {
      kind: 'tensor',
      name: 'pixels',
      rowKind: 'vector',
      shape: [3],
      values: Float32Array.from({ length: 3 * rows }, (_, at) => at / 3),
    },
  ],
}

async function stored(
  t: TestContext,
  heldBytes: number,
): Promise<{ store: ColumnStore; kept: Table; folder: string }> {
  const folder = await temporaryFolder()
  const store = openColumnStore({ folder, heldBytes })
  t.after(() => store.close())
  return { store, kept: storedTable(table, store, 1234), folder }
}

/** Texts in place of codes: dictionaries may differ. */
const cellsOf = (column: Column): unknown[] =>
  column.kind === 'text'
    ? Array.from(column.codes, (code) => (code < 0 ? null : column.dictionary[code]))
    : [...column.values]

const assertEqual = (read: Table, expected: Table): void => {
  assert.equal(read.rows, expected.rows)
  assert.deepEqual(read.columns.map(cellsOf), expected.columns.map(cellsOf))
}

test('columns that do not fit in memory are read back as they were, whole, in parts and by rows', async (t) => {
  const { kept } = await stored(t, 0)
  assert.ok(kept.columns.every((column) => readPart(column, 0, 1) !== undefined))
  assertEqual(kept, table)
  assertEqual(sliceRows(kept, { from: 777, to: 9_999 }), sliceRows(table, { from: 777, to: 9_999 }))
  const some = Int32Array.of(19_999, 3, 3, 8_000)
  assertEqual(copyRows(kept, some), copyRows(table, some))
  const odd = Int32Array.from({ length: rows / 2 }, (_, at) => 2 * at + 1)
  const selected = selectRows(kept, odd)
  assertEqual(selected, copyRows(table, odd))
  assertEqual(sliceRows(selected, { from: 500, to: 510 }), copyRows(table, odd.subarray(500, 510)))
  assertEqual(selectRows(selected, Int32Array.of(9, 2)), copyRows(table, Int32Array.of(19, 5)))
})

test('columns stay in memory as long as they fit', async (t) => {
  const { kept, folder } = await stored(t, 12 * rows)
  assert.deepEqual(
    kept.columns.map((column) => readPart(column, 0, 1) === undefined),
    [true, true, false, false],
  )
  assertEqual(kept, table)
  assert.deepEqual(await readdir(folder), [], 'the file has no name')
})

test('rows have the same hash wherever their columns lie', async (t) => {
  const { kept } = await stored(t, 0)
  assert.deepEqual(hashRows(kept), hashRows(table))
})

test('a copy of a column that lies in a file holds its rows', async (t) => {
  const { kept, store } = await stored(t, 0)
  const [x] = kept.columns as [Column]
  const copy = { ...x, name: 'y' }
  store.close()
  assert.deepEqual(cellsOf(copy), cellsOf(table.columns[0] as Column))
  assert.throws(() => cellsOf(x), /closed/)
})

test('blocks of a column with very many texts have dictionaries of their own', async (t) => {
  const { kept } = await stored(t, 0)
  for (const { block } of blocksOf(kept, 1000)) {
    const sizes = block.columns.map((column) => (column.kind === 'text' ? column.dictionary.length : 0))
    assert.deepEqual(sizes, [0, 10, 1000, 0])
  }
})

test('rows beyond those that a column was made for are refused', async (t) => {
  const { store } = await stored(t, 0)
  const like: Column = { kind: 'numeric', name: 'x', values: new Float64Array(2) }
  const { write } = store.add(like, 3)
  write(like)
  assert.throws(() => write(like), /no place/)
})
