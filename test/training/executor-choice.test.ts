import assert from 'node:assert/strict'
import { test } from 'node:test'
import { executorChoice } from '../../src/training/compiled/executor-choice.js'

const choiceOf = (ops: readonly string[], more: Partial<Parameters<typeof executorChoice>[0]> = {}) =>
  executorChoice({
    nodes: ops.map((op, i) => ({ name: `node_${i}`, op, inputs: [], attributes: {} })),
    totalSteps: 1e9,
    flopsPerStep: 1e6,
    deterministic: true,
    chosen: null,
    ...more,
  })
const isXlaDue = (ops: readonly string[]): boolean => choiceOf(ops).isXlaDue(0)
const products = (count: number): string[] => new Array<string>(count).fill('MatMul')

test('XLA compiles long trainings of dense networks, and none of convolutions', () => {
  assert.equal(isXlaDue(['MatMul', 'Relu']), true)
  assert.equal(isXlaDue(['MatMul', 'Conv2D']), false)
})

test('XLA does not compile a step of thousands of operations, as those of recurrent layers are', () => {
  assert.equal(isXlaDue(products(3000)), true)
  assert.equal(isXlaDue(products(3001)), false)
})

test('the more operations a step has, the longer must a training be to pay for XLA', () => {
  const totalSteps = 50_000 // of about 0.2 ms
  assert.equal(choiceOf(products(80), { totalSteps }).isXlaDue(0), true)
  const large = choiceOf(products(2000), { totalSteps })
  assert.equal(large.isXlaDue(0), false)
  assert.match(large.reason, /too short to pay for XLA, which compiles for about 21 s$/)
})

test('the reason tells what decided', () => {
  assert.equal(choiceOf(['Conv2D']).reason, 'Conv2D is faster as a graph than compiled by XLA')
  assert.match(choiceOf(products(3001)).reason, /^the step has 3001 operations/)
  assert.equal(choiceOf(products(9), { chosen: { name: 'graph', reason: 'of old' } }).reason, 'of old')
  const refused = choiceOf(products(9))
  refused.tried({ reason: 'no kernel' })
  assert.deepEqual([refused.current, refused.reason], ['graph', 'XLA does not compile it: no kernel'])
})

test('XLA that is slower than the graph is given up, with both times', () => {
  const choice = choiceOf(products(9), { deterministic: false })
  for (let call = 0; call < 4; call++) choice.took(100, 50)
  assert.ok(choice.isXlaDue(400))
  choice.tried({ compileMs: 900 })
  assert.deepEqual([choice.current, choice.reason], ['xla', 'the training is long enough to pay for XLA'])
  for (let call = 0; call < 7; call++) choice.took(100, 80)
  assert.deepEqual([choice.current, choice.reason], ['graph', 'a step took 0.8 ms by XLA, 0.5 ms as a graph'])
})
