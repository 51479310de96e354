import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromInt8, toInt8 } from '../../src/contracts/int8.js'
import { packTensors, unpackTensors } from '../../src/training/weights.js'

test('each channel has a scale of its own, and its largest number is exact', () => {
  const { integers, scales } = toInt8(Float32Array.of(1, 100, -0.5, 50, 0.25, -100), { channels: 2 })
  assert.deepEqual([...integers], [127, 127, -64, 64, 32, -127])
  const numbers = fromInt8({ integers, scales })
  assert.deepEqual([numbers[0], numbers[1], numbers[5]], [1, 100, -100])
})

test('numbers are at most half a step away, be it of their channel or of all', () => {
  const values = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i * i) * (1 + (i % 3)))
  for (const channels of [1, 3]) {
    const made = toInt8(values, { channels })
    assert.equal(made.scales.length, channels)
    for (const [at, number] of fromInt8(made).entries()) {
      const step = made.scales[at % channels] as number
      assert.ok(Math.abs(number - (values[at] as number)) <= step * 0.5001)
    }
  }
})

test('channels may stand in runs, and take fewer integers', () => {
  const { integers, scales } = toInt8(Float32Array.of(1, -2, 3, 30), { channels: 2, run: 2, largest: 64 })
  assert.deepEqual([...integers], [32, -64, 6, 64])
  assert.deepEqual([...scales], [2 / 64, Math.fround(30 / 64)])
})

test('a channel of zeros stays zero, and zeros among others too', () => {
  const made = toInt8(Float32Array.of(0, 5, 0, 0), { channels: 2 })
  assert.deepEqual([...fromInt8(made)], [0, 5, 0, 0])
})

test('tensors are stored as integers with their scales, and are float32 again in memory', () => {
  const kernel = Float32Array.of(1, 100, -0.5, 50, 0.25, -100)
  const packed = packTensors(
    [
      { name: 'kernel', shape: [3, 2], values: kernel },
      { name: 'bias', shape: [2], values: Float32Array.of(0.1, 0.2) },
    ],
    { int8: new Map([['kernel', toInt8(kernel, { channels: 2 })]]) },
  )
  assert.equal(packed.bytes.length, 2 * 4 + 6 + 2 * 4)
  const [first, second] = unpackTensors(packed)
  assert.deepEqual(first?.values, fromInt8(toInt8(kernel, { channels: 2 })))
  assert.deepEqual(second?.values, Float32Array.of(0.1, 0.2))
  assert.throws(() => unpackTensors({ ...packed, bytes: packed.bytes.subarray(1) }), {
    code: 'artifact-damaged',
  })
})

test('what is stored as integers is stored as the same integers again', () => {
  const values = Float32Array.from({ length: 60 }, (_, i) => Math.cos(i * i))
  const made = toInt8(values, { channels: 4 })
  assert.deepEqual(toInt8(fromInt8(made), { channels: 4 }).integers, made.integers)
})
