import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstRows } from '../../../src/datasets/first-rows.js'
import { hashRows, type RowHashes, seededHash } from '../../../src/datasets/row-hash.js'
import { hashOrder } from '../../../src/datasets/splits/hash-order.js'
import { takeGroups } from '../../../src/datasets/splits/take-share.js'

const hashesOf = (values: Float64Array): RowHashes =>
  hashRows({ rows: values.length, columns: [{ kind: 'numeric', name: 'x', values }] })

/** Rows of so many different values. */
const rowsOf = (rows: number, different: number): RowHashes =>
  hashesOf(Float64Array.from({ length: rows }, (_, row) => (row * 7919) % different))

for (const [rows, different] of [
  [0, 1],
  [1, 1],
  [1000, 37],
  [3000, 3000],
  [200_000, 150_000],
  [100_000, 5],
] as const) {
  test(`${rows} rows of ${different} values come in the order of their hashes, equal ones together and in their order`, () => {
    const hashes = rowsOf(rows, different)
    const numbers = Int32Array.from({ length: rows }, (_, at) => at)
    const { order, blocks } = hashOrder(numbers, { hashes, seed: 42 })
    const found = [...blocks()]
    const hashed = Array.from(numbers, (row) => seededHash(hashes, row, 42))
    const expected = [...numbers].sort((a, b) => (hashed[a] as number) - (hashed[b] as number) || a - b)
    assert.deepEqual([...order], expected)
    assert.equal(found.at(-1)?.to ?? 0, rows)
    for (const [at, { hash, from, to }] of found.entries()) {
      assert.equal(from, found[at - 1]?.to ?? 0)
      assert.ok(at === 0 || hash > (found[at - 1]?.hash as number))
      assert.ok(order.subarray(from, to).every((row) => hashed[row] === hash))
    }
  })
}

test('hashes are those of earlier versions, which stored rules tell test rows by', () => {
  const hashes = hashRows({
    rows: 4,
    columns: [
      { kind: 'numeric', name: 'x', values: Float64Array.of(0, -0, Number.NaN, -1.5e300) },
      { kind: 'text', name: 't', codes: Int32Array.of(0, 1, -1, 0), dictionary: ['Bonn', '東京'] },
      {
        kind: 'tensor',
        name: 'v',
        rowKind: 'vector',
        shape: [2],
        values: Float32Array.of(1, 2, 3, 4, Number.NaN, Number.NaN, 0, -0),
      },
      {
        kind: 'bytes',
        name: 'f',
        values: [Uint8Array.of(1, 2), null, new Uint8Array(0), Uint8Array.of(1, 2)],
      },
      { kind: 'numeric', name: 'z', values: Float64Array.of(5e-324, Infinity, 1, Number.NaN) },
    ],
  })
  assert.deepEqual([...hashes.high], [3215026197, 2628125381, 2711265788, 2080809600])
  assert.deepEqual([...hashes.low], [396579300, 3552127781, 3873345576, 1485370947])
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => seededHash(hashes, row, 42)),
    [5087549191880491, 625439536996428, 4296698672580904, 1736189654371863],
  )
})

test('a NaN of any bits hashes as any other, and both zeros alike', () => {
  const odd = new Float64Array(new Uint32Array([1, 0xfff80001]).buffer)
  const { high } = hashesOf(Float64Array.of(odd[0] as number, Number.NaN, 0, -0))
  assert.equal(high[0], high[1])
  assert.equal(high[2], high[3])
})

test('the first row of each content is found', () => {
  const rows = 100_000
  const found = firstRows(rowsOf(rows, 30_011))
  assert.deepEqual(
    found,
    Int32Array.from({ length: 30_011 }, (_, row) => row),
  )
  assert.deepEqual(firstRows(rowsOf(0, 1)), new Int32Array(0))
})

test('rows of very many groups are taken by their groups', () => {
  const rows = 400_000
  const hashes = rowsOf(rows, rows)
  const numbers = Int32Array.from({ length: rows }, (_, at) => at)
  const { taken, groups } = takeGroups(numbers, { hashes, share: 0.5, seed: 1 })
  assert.equal(groups, rows)
  assert.equal(taken.length, rows / 2)
})
