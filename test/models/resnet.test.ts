import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../../src/contracts/validation.js'
import resnet from '../../src/models/resnet.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { checkPlan, imageShapes } from './image-shapes.js'

const { tf } = await testTensorFlow()
const hyperparameters = (given: object) => parse(resnet.hyperparameters, given)
const build = (shape: number[], given: object) =>
  resnet.build({ tf, shapes: imageShapes(shape), hyperparameters: hyperparameters(given), seed: 1 })

test('every depth and odd images build as they were planned', () => {
  const cases: [number[], object][] = [
    [[32, 32, 3], {}],
    [[5, 7, 2], { depth: 14, width: 3 }],
    [[1, 1, 1], { depth: 8, width: 1 }],
    [[8, 8, 1], { depth: 32, width: 2 }],
  ]
  for (const [shape, given] of cases) {
    const model = build(shape, given)
    checkPlan(model, resnet.plan(imageShapes(shape), hyperparameters(given)))
    model.dispose()
  }
})

test('its depth counts the layers with weights on the longest way', () => {
  for (const depth of [8, 20]) {
    const model = build([4, 4, 1], { depth, width: 1 })
    const weighted = model.layers.filter(({ name }) =>
      model
        .getLayer(name)
        .getClassName()
        .match(/Conv2D|Dense/),
    )
    assert.equal(weighted.length, depth + 2) // and the two shortcuts
    model.dispose()
  }
})

test('the network of 20 layers for 32×32 has the size and the cost of the paper', () => {
  const { parameters, flopsPerRow } = resnet.plan(imageShapes([32, 32, 3], 10), hyperparameters({}))
  // The paper's 0.27 million: its shortcuts, of option A, have no weights, and averages are not counted.
  const [shortcuts, averages] = [16 * 32 + 32 * 64 + 4 * (32 + 64), 2 * (7 * 16 + 6 * 32 + 6 * 64)]
  assert.equal(parameters - shortcuts - averages, 269_722)
  assert.ok(Math.abs(flopsPerRow / 2 - 41e6) < 0.5e6, `${flopsPerRow}`)
})

test('the second and the third stage halve the image and double the filters', () => {
  const model = build([9, 12, 1], { depth: 8, width: 5 })
  const shapes = [1, 2, 3].map((stage) => model.getLayer(`stage_${stage}_block_1_relu`).outputShape)
  assert.deepEqual(shapes, [
    [null, 9, 12, 5],
    [null, 5, 6, 10],
    [null, 3, 3, 20],
  ])
  model.dispose()
})

test('the penalty is on the kernels alone', () => {
  const model = build([4, 4, 1], { l2: 0.01, depth: 8, width: 2 })
  const kernels = model.weights.filter(({ originalName }) => originalName.endsWith('kernel'))
  const [penalty, expected] = tf.tidy(() => [
    tf.addN(model.calculateLosses()).arraySync() as number,
    tf
      .addN(kernels.map((kernel) => kernel.read().square().sum()))
      .mul(0.01)
      .arraySync() as number,
  ]) as [number, number]
  assert.equal(kernels.length, 10)
  assert.ok(Math.abs(penalty - expected) < 1e-5 * expected)
  model.dispose()
})

test('each convolution has weights of its own seed, of the size that He has it', () => {
  const model = build([4, 4, 1], { depth: 8, width: 16 })
  const kernels = model.weights.filter(({ originalName }) => originalName.endsWith('_2/kernel'))
  const firsts = kernels.map((kernel) => kernel.read().dataSync()[0])
  assert.equal(new Set(firsts).size, 3)
  for (const kernel of kernels) {
    const fanIn = 9 * (kernel.shape[2] as number)
    const variance = tf.tidy(() => tf.moments(kernel.read()).variance.arraySync() as number)
    assert.ok(Math.abs((variance * fanIn) / 2 - 1) < 0.15, `${variance}`)
  }
  model.dispose()
})

test('plain tfjs has every layer that it is stored with', () => {
  const model = build([4, 4, 1], { depth: 8 })
  const topology = model.toJSON(null, false) as { config: { layers: { class_name: string }[] } }
  const names = new Set(topology.config.layers.map((layer) => layer.class_name))
  const expected = [
    'InputLayer',
    'Conv2D',
    'BatchNormalization',
    'Activation',
    'Add',
    'GlobalAveragePooling2D',
  ]
  assert.deepEqual([...names], [...expected, 'Dense'])
  model.dispose()
})

test('other depths and widths are refused by name', () => {
  for (const [given, path] of [
    [{ depth: 18 }, 'hyperparameters.depth'],
    [{ width: 0 }, 'hyperparameters.width'],
    [{ l2: -1 }, 'hyperparameters.l2'],
  ] as const) {
    assert.throws(() => parse(resnet.hyperparameters, given, { path: 'hyperparameters' }), new RegExp(path))
  }
})
