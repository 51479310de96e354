import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHalves, toHalves } from '../../src/contracts/half.js'
import { packTensors, unpackTensors } from '../../src/training/weights.js'

test('numbers become the nearest halves, ties to even, tiny and large ones too', () => {
  const cases: [number, number][] = [
    [0, 0],
    [1, 1],
    [-2.5, -2.5],
    [65_504, 65_504],
    [65_519, 65_504],
    [65_520, Infinity],
    [-1e9, -Infinity],
    // Between 1 and its next half, 1 + 2^-10.
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -14, 2 ** -14],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [2 ** -14 - 2 ** -26, 2 ** -14],
  ]
  const halves = fromHalves(toHalves(Float32Array.from(cases, ([value]) => value)))
  assert.deepEqual(
    [...halves],
    cases.map(([, half]) => half),
  )
  assert.ok(Number.isNaN(fromHalves(toHalves(Float32Array.of(Number.NaN)))[0]))
})

test('every half is its own nearest half', () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).filter((i) => (i & 0x7c00) !== 0x7c00)
  assert.deepEqual(toHalves(fromHalves(bits)), bits)
})

test('tensors are stored as halves by name, and are float32 again in memory', () => {
  const packed = packTensors(
    [
      { name: 'kernel', shape: [2, 2], values: Float32Array.of(1, 0.1, -3, 4) },
      { name: 'bias', shape: [1], values: Float32Array.of(0.1) },
    ],
    { halves: new Set(['kernel']) },
  )
  assert.equal(packed.bytes.length, 12)
  const [kernel, bias] = unpackTensors(packed)
  assert.deepEqual([...(kernel?.values ?? [])], [1, 0.0999755859375, -3, 4])
  assert.deepEqual(bias?.values, Float32Array.of(0.1))
  assert.throws(() => unpackTensors({ ...packed, bytes: packed.bytes.subarray(2) }), {
    code: 'artifact-damaged',
  })
})
