import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mcNemarExact } from '../../src/evaluation/comparison/mcnemar.js'
import { pairedSquaredErrors } from '../../src/evaluation/comparison/paired-errors.js'
import { studentTUpperTail } from '../../src/evaluation/comparison/student-t.js'

const close = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual} is not ${expected}`)

test('the exact test of McNemar gives the binomial probabilities', () => {
  close(mcNemarExact({ onlyFirst: 10, onlySecond: 2 }).twoSided, 0.03857421875)
  close(mcNemarExact({ onlyFirst: 10, onlySecond: 2 }).oneSided, 0.019287109375)
  close(mcNemarExact({ onlyFirst: 2, onlySecond: 10 }).twoSided, 0.03857421875)
  close(mcNemarExact({ onlyFirst: 260, onlySecond: 240 }).twoSided, 0.39551077143485847, 1e-10)
  assert.deepEqual(mcNemarExact({ onlyFirst: 0, onlySecond: 0 }), { oneSided: 1, twoSided: 1 })
  assert.equal(mcNemarExact({ onlyFirst: 5, onlySecond: 5 }).twoSided, 1)
})

test('the tail of Student’s t is scipy’s', () => {
  close(studentTUpperTail(1.5, 3), 0.11529193262241147)
  close(studentTUpperTail(-2, 30), 0.9726874775185085)
  close(studentTUpperTail(4, 1000), 3.400495960439082e-5, 1e-10)
  close(studentTUpperTail(0.3, 1), 0.4072264209222577)
})

test('squared errors are compared in pairs, as scipy’s ttest_rel does', () => {
  const result = pairedSquaredErrors({
    yTrue: Float64Array.of(3, -0.5, 2, 7, 4.25),
    first: Float64Array.of(2.5, 0, 2.1, 7.8, 4),
    second: Float64Array.of(2.9, -0.2, 2.4, 6, 3),
  })
  close(result.meanDifference, 0.322)
  close(result.oneSided, 0.18127627174502067)
  close(result.twoSided, 0.36255254349004135)
})

test('models that err alike do not differ, and one that always errs more by the same is certainly worse', () => {
  const yTrue = Float64Array.of(0, 0, 0)
  const first = Float64Array.of(1, 1, 1)
  assert.equal(pairedSquaredErrors({ yTrue, first, second: first }).oneSided, 1)
  const second = Float64Array.of(2, -2, 2)
  assert.deepEqual(pairedSquaredErrors({ yTrue, first, second }), {
    meanDifference: 3,
    oneSided: 0,
    twoSided: 0,
  })
})
