import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FitContext } from '../../src/contracts/transform.js'
import targetEncode from '../../src/transforms/target-encode.js'
import { assertClose, firstValues, golden, text, valuesOf } from './sklearn.js'

const cities = text('city', ...golden.cities)
const asked = text('city', 'Bonn', 'Ulm', 'Rom', 'Ülzen', 'a b', '東京', 'unseen')
const contextOf = (targets: readonly number[], classes: number): FitContext => ({
  targets: Float64Array.from(targets),
  classes,
  seed: 1,
})
const { binary, three, value } = golden.targets
const encoded = (context: FitContext, smooth: 'auto' | number) =>
  targetEncode.apply([asked], targetEncode.fit([cities], { smooth, folds: 5 }, context))
const flat = (rows: readonly number[][], output: number) => rows.map((row) => row[output] as number)

test('target-encode gives two classes and numbers the means that scikit-learn gives', () => {
  const cases = [
    ['binary-auto', contextOf(binary, 2), 'auto'],
    ['binary-10', contextOf(binary, 2), 10],
    ['value-auto', contextOf(value, 0), 'auto'],
    ['value-2.5', contextOf(value, 0), 2.5],
  ] as const
  for (const [name, context, smooth] of cases) {
    assertClose(firstValues(encoded(context, smooth)), flat(golden['target-encode'][name], 0), name)
  }
})

test('target-encode gives several classes a column each, as scikit-learn does', () => {
  const made = valuesOf(encoded(contextOf(three, 3), 'auto'))
  assert.deepEqual(Object.keys(made), ['city:target-0', 'city:target-1', 'city:target-2'])
  for (const [output, values] of Object.values(made).entries()) {
    assertClose(values, flat(golden['target-encode']['three-auto'], output), `class ${output}`)
  }
})

test('target-encode encodes missing values by their own rows, and by all rows where training had none', () => {
  const context = contextOf([1, 1, 0, 0], 2)
  const options = { smooth: 0, folds: 2 } as const
  const state = targetEncode.fit([text('c', null, null, 'a', 'b')], options, context)
  assert.deepEqual(firstValues(targetEncode.apply([text('c', null, 'a', 'never')], state)), [1, 0, 0.5])
  const full = targetEncode.fit([text('c', 'a', 'a', 'b', 'b')], options, context)
  assert.deepEqual(firstValues(targetEncode.apply([text('c', null, 'a')], full)), [0.5, 1])
})

test('target-encode shows no training row its own target', () => {
  const rows = Int32Array.from({ length: 60 }, (_, row) => row)
  const ids = text('id', ...Array.from(rows, (row) => `row ${row}`))
  const context = {
    ...contextOf(
      Array.from(rows, (row) => row % 2),
      2,
    ),
    rows,
  }
  const options = { smooth: 0, folds: 5 } as const
  const served = targetEncode.apply([ids], targetEncode.fit([ids], options, context))
  assert.deepEqual(firstValues(served), [...context.targets], 'each is the only row of its category')
  for (const mean of firstValues(targetEncode.applyToTraining([ids], options, context))) {
    assert.ok(Math.abs(mean - 0.5) < 0.05, `${mean} is the mean of the other folds`)
  }
})

test('target-encode keeps copies of a row in one fold', () => {
  const rows = Int32Array.from({ length: 60 }, (_, row) => row >> 1)
  const ids = text('id', ...Array.from(rows, (row) => `row ${row}`))
  const context = {
    ...contextOf(
      Array.from(rows, (row) => row % 2),
      2,
    ),
    rows,
  }
  const values = firstValues(targetEncode.applyToTraining([ids], { smooth: 0, folds: 5 }, context))
  for (const [at, mean] of values.entries()) {
    assert.ok(Math.abs(mean - 0.5) < 0.1)
    assert.equal(mean, values[at ^ 1])
  }
})
