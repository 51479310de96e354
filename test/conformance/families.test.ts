import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { discover } from '../../src/contracts/discovery.js'
import type { Family, Shapes } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import { compileNetwork } from '../../src/training/compiled-network.js'
import { activationBytes } from '../../src/training/forward-rows.js'
import { loadNetwork, readWeights, runNetwork } from '../../src/training/network.js'
import type { ExecutorName } from '../../src/training/step-runner.js'
import { train } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier, keptCheckpoints, regressor } from '../training/small-training.js'
import { samples, sampleTraining, shapesOf, sizeOf, someRows } from './row-samples.js'

const families = await discover<Family>(new URL('../../src/models/', import.meta.url))
const { tf, liveHandles } = await testTensorFlow()

const defaults = (family: Family): Static<TSchema> => parse(family.hyperparameters, {})

for (const [name, family] of families) {
  const hyperparameters = defaults(family)
  const build = (shapes: Shapes, seed = 1) => family.build({ tf, shapes, hyperparameters, seed })
  const given = { family, hyperparameters }
  const rows = family.rows.flatMap((kind) => samples[kind])
  const [usual] = rows as [(typeof rows)[number]]

  test(`${name} says what it is for, and every hyperparameter has a default and a description`, () => {
    assert.ok(family.summary.length > 10 && family.tasks.length > 0)
    assert.ok(Value.Check(family.hyperparameters, hyperparameters))
    const { properties = {} } = family.hyperparameters as { properties?: Record<string, TSchema> }
    for (const [property, schema] of Object.entries(properties)) {
      assert.ok('default' in schema && 'description' in schema, property)
    }
    assert.throws(() => parse(family.hyperparameters, { noSuchThing: 1 }))
  })

  rows.forEach((sample, i) => {
    const units = [3, 1, 10][i % 3] as number
    test(`${name} builds for rows of ${sample.shape.join('×')} and ${units} outputs, and its plan is the built network’s`, () => {
      const shapes = shapesOf(sample, units)
      const model = build(shapes)
      assert.deepEqual(model.outputs[0]?.shape, [null, units])
      const plan = family.plan(shapes, hyperparameters)
      assert.equal(plan.parameters, model.countParams())
      assert.equal(plan.activationBytesPerRow, activationBytes(model))
      assert.ok(Number.isInteger(plan.flopsPerRow) && plan.flopsPerRow > 0)
      model.dispose()
    })
  })

  test(`${name} gives the same weights for the same seed, and others for another`, () => {
    const weights = (seed: number) => {
      const model = build(shapesOf(usual, 3), seed)
      const values = readWeights(model).map((weight) => [...weight.values])
      model.dispose()
      return values
    }
    assert.deepEqual(weights(1), weights(1))
    assert.notDeepEqual(weights(1), weights(2))
  })

  test(`${name} starts with logits of moderate size that differ between rows`, () => {
    const model = build(shapesOf(usual, 5))
    const head = { ...classifier, units: 5, activation: 'linear' as const }
    const outputs = runNetwork({ tf, model, head, features: someRows(64, usual), rows: 64 })
    model.dispose()
    assert.ok(outputs.every((value) => Math.abs(value) < 20))
    assert.ok(new Set(outputs).size > 200)
  })

  for (const head of [classifier, regressor]) {
    test(`${name} learns with ${head.loss}: its loss falls`, async () => {
      const training = { epochs: 15, optimizer: { learningRate: 0.01 } }
      const { history } = await train(await sampleTraining(given, { sample: usual, head, training }))
      assert.ok((history.at(-1)?.loss as number) < 0.8 * (history[0]?.loss as number))
    })
  }

  test(`${name} gives equal outputs after it was saved and loaded`, async () => {
    const options = await sampleTraining(given, { sample: usual, head: classifier, training: { epochs: 2 } })
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
      runNetwork({ tf, model, head: classifier, features: someRows(10, usual), rows: 10 })
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
    const model = build(shapesOf(usual, 3))
    const width = sizeOf(usual.shape)
    const features = someRows(9, usual)
    const many = runNetwork({ tf, model, head: classifier, features, rows: 9 })
    for (let row = 0; row < 9; row++) {
      const part = features.subarray(row * width, (row + 1) * width)
      const one = runNetwork({ tf, model, head: classifier, features: part, rows: 1 })
      const differences = one.map((value, i) => Math.abs(value - (many[row * 3 + i] as number)))
      assert.ok(Math.max(...differences) < 1e-6)
    }
    model.dispose()
  })

  test(`${name} gives the same losses for 50 steps compiled and eagerly`, async () => {
    const run = async (executor: ExecutorName) => {
      const training = { epochs: 10, batchSize: 16 }
      return train(await sampleTraining(given, { sample: usual, head: classifier, training }, { executor }))
    }
    const [eager, graph] = [await run('eager'), await run('graph')]
    assert.deepEqual([eager.executor, graph.executor, graph.stepsRun], ['eager', 'graph', 50])
    graph.history.forEach((metrics, i) => {
      // The validation loss shows what else a step changes: averages of normalisations.
      for (const metric of ['loss', 'val_loss']) {
        const [loss, expected] = [metrics[metric], eager.history[i]?.[metric]] as [number, number]
        assert.ok(
          Math.abs(loss / expected - 1) < 1e-4,
          `epoch ${i + 1}: ${metric} ${loss}, eagerly ${expected}`,
        )
      }
    })
  })

  test(`${name} ends with the same bits after it was interrupted`, async () => {
    const training = { epochs: 4, batchSize: 24, deterministic: true }
    const options = await sampleTraining(given, { sample: usual, head: classifier, training })
    const whole = await train(options)
    const { checkpoints } = keptCheckpoints((count) => {
      if (count === 2) throw new Error('killed')
    })
    const part = { ...options, checkpoints, checkpointTiming: { firstAfterMs: 0, everyMs: 0, maxShare: 1e9 } }
    await assert.rejects(train(part), /killed/)
    const resumed = await train(part)
    assert.deepEqual(resumed.weights.bytes, whole.weights.bytes)
    assert.deepEqual(resumed.history, whole.history)
  })

  test(`${name} answers compiled as it does eagerly`, async () => {
    const model = build(shapesOf(usual, 3))
    const features = someRows(9, usual)
    const expected = runNetwork({ tf, model, head: classifier, features, rows: 9 })
    const compiled = compileNetwork({ tf, model, head: classifier })
    const answered = compiled.runHere(features, 9)
    compiled.dispose()
    model.dispose()
    assert.ok(answered.every((value, i) => Math.abs(value - (expected[i] as number)) < 1e-5))
  })

  test(`${name} frees every tensor and native handle`, async () => {
    const before = [liveHandles(), tf.memory().numTensors]
    const options = await sampleTraining(given, { sample: usual, head: classifier, training: { epochs: 2 } })
    await train(options)
    const failing = { ...options, onEpoch: () => assert.fail('on purpose') }
    await assert.rejects(train(failing), /on purpose/)
    build(shapesOf(usual, 3)).dispose()
    assert.deepEqual([liveHandles(), tf.memory().numTensors], before)
  })
}
