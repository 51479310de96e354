import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { discover } from '../../src/contracts/discovery.js'
import type { Family, Shapes } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import { loadNetwork, readWeights, runNetwork } from '../../src/training/network.js'
import { train } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier, regressor, smallTraining } from '../training/small-training.js'

const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const { tf, liveHandles } = await testTensorFlow()

const defaults = (family: Family): Static<TSchema> => parse(family.hyperparameters, {})

const shapesOf = (width: number, units: number): Shapes => ({
  inputs: [{ name: 'features', shape: [width] }],
  units,
})

/** Numbers of every size between −1 and 1, the same at each run. */
const someFeatures = (rows: number, width: number): Float32Array =>
  Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i * i + 1))

for (const [name, family] of families) {
  const hyperparameters = defaults(family)
  const build = (shapes: Shapes, seed = 1) => family.build({ tf, shapes, hyperparameters, seed })

  test(`${name} says what it is for, and every hyperparameter has a default and a description`, () => {
    assert.ok(family.summary.length > 10 && family.tasks.length > 0)
    assert.ok(Value.Check(family.hyperparameters, hyperparameters))
    const { properties = {} } = family.hyperparameters as { properties?: Record<string, TSchema> }
    for (const [property, schema] of Object.entries(properties)) {
      assert.ok('default' in schema && 'description' in schema, property)
    }
    assert.throws(() => parse(family.hyperparameters, { noSuchThing: 1 }))
  })

  for (const [width, units] of [
    [4, 3],
    [1, 1],
    [30, 10],
  ] as const) {
    test(`${name} builds for ${width} inputs and ${units} outputs, and its plan is the built network’s`, () => {
      const shapes = shapesOf(width, units)
      const model = build(shapes)
      assert.deepEqual(model.outputs[0]?.shape, [null, units])
      const plan = family.plan(shapes, hyperparameters)
      assert.equal(plan.parameters, model.countParams())
      const elements = model.layers.map(({ outputShape }) =>
        (outputShape as (number | null)[]).slice(1).reduce<number>((size, n) => size * (n ?? 1), 1),
      )
      assert.equal(plan.activationBytesPerRow, 4 * elements.reduce((sum, n) => sum + n, 0))
      assert.ok(Number.isInteger(plan.flopsPerRow) && plan.flopsPerRow > 0)
      model.dispose()
    })
  }

  test(`${name} gives the same weights for the same seed, and others for another`, () => {
    const weights = (seed: number) => {
      const model = build(shapesOf(4, 3), seed)
      const values = readWeights(model).map((weight) => [...weight.values])
      model.dispose()
      return values
    }
    assert.deepEqual(weights(1), weights(1))
    assert.notDeepEqual(weights(1), weights(2))
  })

  test(`${name} starts with logits of moderate size that differ between rows`, () => {
    const model = build(shapesOf(20, 5))
    const head = { ...classifier, units: 5, activation: 'linear' as const }
    const outputs = runNetwork({ tf, model, head, features: someFeatures(64, 20), rows: 64 })
    model.dispose()
    assert.ok(outputs.every((value) => Math.abs(value) < 20))
    assert.ok(new Set(outputs).size > 200)
  })

  for (const head of [classifier, regressor]) {
    test(`${name} learns with ${head.loss}: its loss falls`, async () => {
      const training = { epochs: 15, optimizer: { learningRate: 0.01 } }
      const { history } = await train(await smallTraining({ head, training }, { family, hyperparameters }))
      assert.ok((history.at(-1)?.loss as number) < 0.8 * (history[0]?.loss as number))
    })
  }

  test(`${name} gives equal outputs after it was saved and loaded`, async () => {
    const options = await smallTraining({ training: { epochs: 2 } }, { family, hyperparameters })
    const { weights } = await train(options)
    const load = (bytes: Uint8Array) =>
      loadNetwork({
        tf,
        family,
        bytes,
        manifest: {
          family: { name, hyperparameters },
          seed: 99,
          shapes: options.shapes as never,
          weights: { sha256: '', sizeBytes: bytes.length, tensors: weights.tensors },
        },
      })
    const [first, second] = [load(weights.bytes), load(Buffer.from(weights.bytes))]
    const answer = (model: typeof first) =>
      runNetwork({ tf, model, head: classifier, features: someFeatures(10, 3), rows: 10 })
    assert.deepEqual(answer(first), answer(second))
    assert.ok(
      Math.abs(
        answer(first)
          .subarray(0, 3)
          .reduce((sum, p) => sum + p) - 1,
      ) < 1e-6,
    )
    first.dispose()
    second.dispose()
    assert.throws(() => load(weights.bytes.subarray(4)))
  })

  test(`${name} answers one row as it answers many`, () => {
    const model = build(shapesOf(6, 3))
    const features = someFeatures(9, 6)
    const many = runNetwork({ tf, model, head: classifier, features, rows: 9 })
    for (let row = 0; row < 9; row++) {
      const part = features.subarray(row * 6, row * 6 + 6)
      const one = runNetwork({ tf, model, head: classifier, features: part, rows: 1 })
      const differences = one.map((value, i) => Math.abs(value - (many[row * 3 + i] as number)))
      assert.ok(Math.max(...differences) < 1e-6)
    }
    model.dispose()
  })

  test(`${name} frees every tensor and native handle`, async () => {
    const before = [liveHandles(), tf.memory().numTensors]
    const options = await smallTraining({ training: { epochs: 2 } }, { family, hyperparameters })
    await train(options)
    const failing = { ...options, onEpoch: () => assert.fail('on purpose') }
    await assert.rejects(train(failing), /on purpose/)
    build(shapesOf(4, 3)).dispose()
    assert.deepEqual([liveHandles(), tf.memory().numTensors], before)
  })
}
