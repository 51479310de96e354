import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Column, Table } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { sizeOfShape, sliceRows } from '../../src/datasets/select-rows.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { coloured, grey } from '../datasets/images/archives.js'
import { filled } from './transform-samples.js'

const ROWS = 40

const numbers: Column = {
  kind: 'numeric',
  name: 'amount',
  values: Float64Array.from({ length: ROWS }, (_, row) =>
    row % 7 === 3 ? Number.NaN : Math.sin(row) * 10 ** (row % 4),
  ),
}
const flags: Column = {
  kind: 'numeric',
  name: 'flag',
  values: Float64Array.from({ length: ROWS }, (_, row) => row % 2),
}
const texts: Column = {
  kind: 'text',
  name: 'city',
  codes: Int32Array.from({ length: ROWS }, (_, row) => (row % 6) - 1),
  dictionary: ['Bonn', 'Ulm', '__proto__', '', 'Ülzen'],
}
const pictures = await Promise.all([
  grey(10),
  grey(200, { width: 9, first: 3 }),
  coloured({ r: 9, g: 200, b: 50 }),
])
const photos: Column = {
  kind: 'bytes',
  name: 'photo',
  // Plain arrays of bytes: what structuredClone makes of a Buffer is another class.
  values: Array.from({ length: ROWS }, (_, row) =>
    row % 4 === 3 ? null : Uint8Array.from(pictures[row % 4] ?? []),
  ),
}
const vectors: Column = {
  kind: 'tensor',
  name: 'place',
  rowKind: 'vector',
  shape: [2],
  values: Float32Array.from({ length: 2 * ROWS }, (_, at) => (at % 10 < 2 ? Number.NaN : Math.cos(at))),
}
const unseen: Table = {
  rows: 3,
  columns: [
    { kind: 'numeric', name: 'amount', values: Float64Array.of(1e9, Number.NaN, -0) },
    { kind: 'numeric', name: 'flag', values: Float64Array.of(7, Number.NaN, 1) },
    { kind: 'text', name: 'city', codes: Int32Array.of(0, -1, 1), dictionary: ['constructor', 'Ulm'] },
    {
      kind: 'bytes',
      name: 'photo',
      values: [await coloured({ r: 1, g: 2, b: 3 }, { width: 1 }), null, pictures[0] ?? null],
    },
    {
      kind: 'tensor',
      name: 'place',
      rowKind: 'vector',
      shape: [2],
      values: Float32Array.of(1e30, -0, Number.NaN, Number.NaN, 3, 4),
    },
  ],
}

const context = {
  targets: Float64Array.from({ length: ROWS }, (_, row) => (row * 7) % 3),
  classes: 3,
  seed: 1,
}

/** Every row's values after the transform, and the columns' names. */
const rowsOf = (columns: readonly Column[]) => ({
  names: columns.map(({ name, kind }) => `${kind} ${name}`),
  values: columns.map((column) => valuesOf(column)),
})

function valuesOf(column: Column): unknown[] {
  switch (column.kind) {
    case 'numeric':
    case 'bytes':
      return [...column.values]
    case 'text':
      return [...column.codes].map((code) => (code < 0 ? null : column.dictionary[code]))
    case 'tensor': {
      const size = sizeOfShape(column.shape)
      const rows = column.values.length / size
      return Array.from({ length: rows }, (_, row) => [
        ...column.values.subarray(row * size, (row + 1) * size),
      ])
    }
  }
}

for (const transform of (await loadTransforms()).values()) {
  const accepts = (column: Column) =>
    transform.accepts === 'any'
      ? (column.kind === 'numeric' || column.kind === 'text') &&
        (transform.name !== 'impute' || column.kind === 'numeric')
      : transform.accepts === 'every' || transform.accepts === column.kind
  const pick = (columns: readonly Column[]) =>
    columns.filter(accepts).map((column) => (transform.name === 'pca' ? filled(column) : column))
  const columns = pick([numbers, flags, texts, photos, vectors])
  const options = parse(transform.options, {})
  const state = await transform.fit(columns, options, context)
  const whole = await transform.apply(columns, state, options)

  test(`${transform.name} has options that are all described, with defaults that fit`, async () => {
    const described = JSON.stringify(transform.options).split('"description"').length - 1
    assert.ok(transform.summary.length > 20)
    assert.ok(described > 0 || Object.keys(options as object).length === 0)
  })

  test(`${transform.name} gives the same with a state that went through JSON`, async () => {
    const stored = JSON.parse(JSON.stringify({ state, options }))
    assert.deepEqual(rowsOf(await transform.apply(columns, stored.state, stored.options)), rowsOf(whole))
  })

  test(`${transform.name} leaves its input unchanged and gives the same twice`, async () => {
    const before = structuredClone(columns)
    const again = await transform.apply(columns, await transform.fit(columns, options, context), options)
    assert.deepEqual(columns, before)
    assert.deepEqual(rowsOf(again), rowsOf(whole))
  })

  test(`${transform.name} answers a single row with the very bytes of the batch`, async () => {
    const { names, values } = rowsOf(whole)
    for (let row = 0; row < ROWS; row++) {
      const one = await transform.apply(
        sliceRows({ rows: ROWS, columns }, { from: row, to: row + 1 }).columns,
        state,
        options,
      )
      const got = rowsOf(one)
      assert.deepEqual(got.names, names)
      for (const [index, column] of values.entries()) assert.deepEqual(got.values[index]?.[0], column[row])
    }
  })

  test(`${transform.name} says of every number what it is, in memory that held others`, async () => {
    const used = (length: number) => new Float64Array(length).fill(123.5)
    assert.deepEqual(rowsOf(await transform.apply(columns, state, options, used)), rowsOf(whole))
  })

  const { applyColumn } = transform
  if (applyColumn !== undefined) {
    test(`${transform.name} makes of one column what it makes of it among others`, async () => {
      const used = (length: number) => new Float64Array(length).fill(123.5)
      const numeric = columns.filter((column) => column.kind === 'numeric')
      const apart = numeric.flatMap((column, at) =>
        applyColumn(column, { at, state, options, doubles: used }),
      )
      assert.deepEqual(rowsOf(apart), rowsOf(await transform.apply(numeric, state, options)))
    })
  }

  test(`${transform.name} takes values that it has not seen, and no rows at all`, async () => {
    const names = rowsOf(whole).names
    const got = await transform.apply(pick(unseen.columns), state, options)
    assert.deepEqual(rowsOf(got).names, names)
    for (const column of got) {
      assert.equal(valuesOf(column).length, unseen.rows)
    }
    const none = sliceRows({ rows: ROWS, columns }, { from: 0, to: 0 }).columns
    assert.deepEqual(rowsOf(await transform.apply(none, state, options)).names, names)
  })
}
