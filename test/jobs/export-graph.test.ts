import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { layers, SymbolicTensor, Tensor } from '@tensorflow/tfjs'
import type { Family, TensorFlow } from '../../src/contracts/family.js'
import { batchNormalization } from '../../src/models/layers/batch-normalization.js'
import { dropout } from '../../src/models/layers/dropout.js'
import { gru } from '../../src/models/layers/gru.js'
import { layerNormalization } from '../../src/models/layers/layer-normalization.js'
import { lstm } from '../../src/models/layers/lstm.js'
import { multiHeadAttention } from '../../src/models/layers/multi-head-attention.js'
import mlp from '../../src/models/mlp.js'
import { DataType } from '../../src/tensorflow/data-types.js'
import { float32, operationsOf, typeAttribute } from '../../src/tensorflow/operations.js'
import { sizeOf } from '../conformance/row-samples.js'
import { exportedFamily, largestDifference } from '../support/family-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const folder = await temporaryFolder()
const hyperparameters = { hiddenUnits: [5], activation: 'relu', dropout: 0, l2: 0 }

/** What a layer of the test computes from rows and its kernel [width, width]. */
type Compute = (tf: TensorFlow, x: Tensor, kernel: Tensor) => Tensor

/** A layer that TensorFlow.js has no class for. */
function ownLayer(tf: TensorFlow, compute: Compute): layers.Layer {
  class Own extends tf.layers.Layer {
    static readonly className = 'FlywheelTestOwn'

    override build([, width]: number[]): void {
      const size = [width as number, width as number]
      this.addWeight('kernel', size, 'float32', tf.initializers.glorotUniform({ seed: 1 }))
      this.built = true
    }

    override computeOutputShape(shape: number[]): number[] {
      return shape
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      const [kernel] = this.weights
      return tf.tidy(() => compute(tf, [inputs].flat()[0] as Tensor, kernel?.read() as Tensor))
    }
  }
  return new Own({})
}

/** A family whose rows go through a layer of its own, for inputs of any shape. */
const familyOf = (compute: Compute): Family => ({
  ...(mlp as unknown as Family),
  name: 'own',
  build({ tf, shapes }) {
    const shape = shapes.inputs[0]?.shape as readonly number[]
    const input = tf.input({ shape: [...shape], name: 'features' })
    const flat = tf.layers.reshape({ targetShape: [sizeOf(shape)] }).apply(input)
    const own = ownLayer(tf, compute).apply(flat)
    const logits = tf.layers.dense({ units: shapes.units }).apply(own) as SymbolicTensor
    return tf.model({ inputs: input, outputs: logits })
  },
})

/** Of several kinds of operations: reductions, axes, shapes made in JavaScript, parts. */
const mixed: Compute = (tf, x, kernel) => {
  const [rows, width] = x.shape as [number, number]
  const normed = x.sub(x.mean(1, true)).div(x.square().mean(1, true).add(1).sqrt())
  const halves = tf.split(normed.matMul(kernel).reshape([rows, 2, width / 2]), 2, 1)
  const ones = tf.ones([rows, width])
  return tf
    .concat([...halves].reverse(), 2)
    .reshape([rows, width])
    .add(ones)
    .tanh()
}

test('a network with a layer of its own is exported as a graph model, which plain TensorFlow.js loads', async () => {
  const { ask, expected, modelFormat, verified } = await exportedFamily(familyOf(mixed), {
    hyperparameters,
    sample: { shape: [3, 2, 1] },
    kind: 'classification',
    folder: join(folder, 'own'),
  })
  assert.equal(modelFormat, 'graph-model')
  assert.ok(verified.largestDifference < 1e-5)
  const { format, outputs } = ask()
  assert.equal(format, 'graph-model')
  assert.ok(largestDifference(outputs, expected) < 1e-5)
  const readme = readFileSync(join(folder, 'own', 'README.md'), 'utf8')
  assert.match(readme, /tf\.loadGraphModel\(/)
  assert.match(readme, /tf\.tensor\(numbers, \[rows, 3, 2, 1\]\)/)
  assert.match(readme, /\| output \| `probabilities` \| \[rows, 3\] \|/)
  const { model } = JSON.parse(readFileSync(join(folder, 'own', 'transforms.json'), 'utf8'))
  assert.deepEqual(model, {
    format: 'graph-model',
    load: 'tf.loadGraphModel',
    input: { name: 'features', shape: [3, 2, 1] },
    output: { name: 'probabilities', units: 3 },
  })
})

test('a graph model of a regression answers in the target’s own unit', async () => {
  const { ask, expected } = await exportedFamily(familyOf(mixed), {
    hyperparameters,
    sample: { shape: [4] },
    kind: 'regression',
    folder: join(folder, 'own-regression'),
  })
  assert.ok(expected.some(([value]) => (value as number) > 20))
  assert.ok(largestDifference(ask().outputs, expected) < 1e-5)
})

test('layers of TensorFlow.js beside one of Flywheel’s own are written as operations that it can run', async () => {
  const family: Family = {
    ...familyOf(mixed),
    build({ tf, shapes }) {
      const input = tf.input({ shape: [12, 4], name: 'features' })
      const { layers } = tf
      const recurrent = { units: 4, returnSequences: true, seed: 1 }
      const outputs = [
        multiHeadAttention(tf, { heads: 2, seed: 1 }),
        layerNormalization(tf, {}),
        gru(tf, recurrent),
        lstm(tf, recurrent),
        layers.reshape({ targetShape: [12, 4, 1] }),
        layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', dilationRate: 2 }),
        batchNormalization(tf, {}),
        layers.maxPooling2d({ poolSize: 2 }),
        dropout(tf, { rate: 0.5, seed: 1 }),
        layers.conv2d({ filters: 3, kernelSize: 2, strides: 2, padding: 'same', activation: 'elu' }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: shapes.units }),
      ].reduce((x, layer) => layer.apply(x) as SymbolicTensor, input)
      return tf.model({ inputs: input, outputs })
    },
  }
  const { ask, expected, modelFormat } = await exportedFamily(family, {
    hyperparameters,
    sample: { shape: [12, 4] },
    kind: 'classification',
    folder: join(folder, 'beside'),
  })
  assert.equal(modelFormat, 'graph-model')
  assert.ok(largestDifference(ask().outputs, expected) < 1e-5)
})

test('a network of TensorFlow.js’s own layers is exported as a layers model', async () => {
  const { ask, expected, modelFormat } = await exportedFamily(mlp as unknown as Family, {
    hyperparameters,
    sample: { shape: [4] },
    kind: 'regression',
    folder: join(folder, 'standard'),
  })
  const { format, outputs } = ask()
  assert.deepEqual([modelFormat, format], ['layers-model', 'layers-model'])
  assert.ok(largestDifference(outputs, expected) < 1e-5)
  assert.match(readFileSync(join(folder, 'standard', 'README.md'), 'utf8'), /tf\.loadLayersModel\(/)
})

test('a network of TensorFlow.js’s own layers is exported as a graph model where that is asked for', async () => {
  const { ask, expected, modelFormat } = await exportedFamily(mlp as unknown as Family, {
    hyperparameters,
    sample: { shape: [4] },
    kind: 'classification',
    folder: join(folder, 'asked'),
    modelFormat: 'graph-model',
  })
  const { format, outputs } = ask()
  assert.deepEqual([modelFormat, format], ['graph-model', 'graph-model'])
  assert.ok(largestDifference(outputs, expected) < 1e-5)
})

test('a layers model of layers that TensorFlow.js does not have is refused with their names', async () => {
  const options = { hyperparameters, sample: { shape: [4] }, kind: 'classification', folder } as const
  await assert.rejects(exportedFamily(familyOf(mixed), { ...options, modelFormat: 'layers-model' }), {
    code: 'job-failed',
    message: 'TensorFlow.js has no class for the layers FlywheelTestOwn',
    remedy: 'Export it with "modelFormat": "graph-model"',
  })
})

test('a network over token ids is asked with ids in their range, and the README names it', async () => {
  const family = familyOf((tf, x, kernel) => {
    const attributes = [
      typeAttribute('Tparams', DataType.FLOAT),
      typeAttribute('Tindices', DataType.INT32),
      typeAttribute('Taxis', DataType.INT32),
    ]
    const inputs = [kernel, x.cast('int32'), tf.scalar(0, 'int32')] // refuses ids that are no row of the kernel
    return operationsOf(tf).one('GatherV2', attributes, inputs).mean(2)
  })
  const tokens = join(folder, 'tokens')
  const { ask, expected } = await exportedFamily(family, {
    hyperparameters,
    sample: { shape: [6], tokens: 6 },
    kind: 'classification',
    folder: tokens,
  })
  assert.ok(largestDifference(ask().outputs, expected) < 1e-5)
  assert.match(readFileSync(join(tokens, 'README.md'), 'utf8'), /6 token ids from 0 to 5/)
})

test('an operation that TensorFlow.js can not run fails the export by its name', async () => {
  const family = familyOf((tf, x) => operationsOf(tf).one('Xlogy', [float32], [x, x]))
  const sample = { shape: [4] }
  await assert.rejects(exportedFamily(family, { hyperparameters, sample, kind: 'classification', folder }), {
    code: 'job-failed',
    message: /operations Xlogy/,
  })
})
