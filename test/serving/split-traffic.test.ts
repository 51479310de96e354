import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawVersion } from '../../src/serving/split-traffic.js'

const keys = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)
const drawn = (weights: Record<string, number>, name = 'made/champion') =>
  keys.map((key) => drawVersion({ name, weights }, key))
const share = (versions: readonly number[], version: number) =>
  (100 * versions.filter((each) => each === version).length) / versions.length
/** Five standard deviations of a share of 20,000 draws, in percent. */
const tolerance = 1.8

test('keys and random draws are split by the weights', () => {
  const weights = { 3: 70, 4: 20, 12: 10 }
  const random = keys.map(() => drawVersion({ name: 'made/champion', weights }, undefined))
  for (const versions of [drawn(weights), random]) {
    for (const [version, weight] of Object.entries(weights)) {
      assert.ok(Math.abs(share(versions, Number(version)) - weight) < tolerance, `${version}: ${weight}`)
    }
  }
})

test('a key always meets the same version', () => {
  assert.deepEqual(drawn({ 3: 50, 4: 50 }), drawn({ 3: 50, 4: 50 }))
})

test('a canary that grows from 10 to 30 takes just those keys, and gives none back', () => {
  const before = drawn({ 3: 90, 4: 10 })
  const after = drawn({ 3: 70, 4: 30 })
  assert.ok(before.every((version, at) => version === 3 || after[at] === 4))
  const moved = before.filter((version, at) => version !== after[at]).length / keys.length
  assert.ok(Math.abs(100 * moved - 20) < tolerance, `${moved} moved`)
})

test('of several versions, keys move to one that grows or away from one that shrinks', () => {
  const before = drawn({ 1: 50, 2: 45, 3: 5 })
  const after = drawn({ 1: 50, 2: 20, 3: 30 })
  const moves = new Set(before.flatMap((from, at) => (from === after[at] ? [] : [`${from} to ${after[at]}`])))
  assert.deepEqual([...moves].sort(), ['1 to 3', '2 to 1', '2 to 3'])
})

test('another alias splits the same keys in another way', () => {
  const one = drawn({ 3: 50, 4: 50 })
  const other = drawn({ 3: 50, 4: 50 }, 'made/next')
  const same = one.filter((version, at) => version === other[at]).length / keys.length
  assert.ok(Math.abs(100 * same - 50) < tolerance, `${same}`)
})
