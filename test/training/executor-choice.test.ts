import assert from 'node:assert/strict'
import { test } from 'node:test'
import { executorChoice } from '../../src/training/compiled/executor-choice.js'

const isXlaDue = (ops: readonly string[]): boolean =>
  executorChoice({
    nodes: ops.map((op, i) => ({ name: `node_${i}`, op, inputs: [], attributes: {} })),
    totalSteps: 1e9,
    flopsPerStep: 1e6,
    deterministic: true,
    chosen: null,
  }).isXlaDue(0)

test('XLA compiles long trainings of dense networks, and none of convolutions', () => {
  assert.equal(isXlaDue(['MatMul', 'Relu']), true)
  assert.equal(isXlaDue(['MatMul', 'Conv2D']), false)
})

test('XLA does not compile a step of thousands of operations, as those of recurrent layers are', () => {
  assert.equal(isXlaDue(new Array<string>(3000).fill('MatMul')), true)
  assert.equal(isXlaDue(new Array<string>(3001).fill('MatMul')), false)
})
