import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs'
import { FlywheelError } from '../../src/contracts/errors.js'
import {
  composedCrossEntropy,
  softmaxCrossEntropy,
} from '../../src/tensorflow/kernels/softmax-cross-entropy.js'
import { statelessDropoutMask } from '../../src/tensorflow/kernels/stateless-dropout-mask.js'
import { float32, operationsOf, typeAttribute } from '../../src/tensorflow/operations.js'
import { isOutOfMemory, tensorFlowError } from '../../src/tensorflow/status.js'
import { createVariable } from '../../src/tensorflow/variables.js'
import { testTensorFlow } from '../support/tensorflow.js'

let running: Awaited<ReturnType<typeof testTensorFlow>>
before(async () => {
  running = await testTensorFlow()
})

/** Runs what must free every native object that it makes, errors included. */
function freesEverything(run: () => void): void {
  const handles = running.liveHandles()
  running.tf.tidy(run)
  assert.equal(running.liveHandles(), handles)
}

test('TensorFlow runs with its version and the device it found', () => {
  assert.match(running.version, /^2\.\d+/)
  assert.deepEqual(running.device, { kind: 'cpu', name: 'CPU' })
  assert.equal(running.tf.getBackend(), 'tensorflow')
})

test('values of every type come back as they went in, and every handle is freed', () => {
  const { tf } = running
  freesEverything(() => {
    const through = (tensor: Tensor) => tf.reverse(tf.reverse(tensor)).dataSync()
    assert.deepEqual(through(tf.tensor1d([1.5, -2, 3e38])), Float32Array.of(1.5, -2, 3e38))
    assert.deepEqual(through(tf.tensor1d([1, -2147483648], 'int32')), Int32Array.of(1, -2147483648))
    assert.deepEqual(through(tf.tensor1d([true, false], 'bool')), Uint8Array.of(1, 0))
    assert.deepEqual(tf.zeros([0, 3]).add(1).dataSync(), new Float32Array(0))
    assert.equal(tf.scalar(7).square().arraySync(), 49)
  })
})

test('strings of any length come back, and those of TensorFlow can be read', () => {
  const { tf } = running
  const operations = operationsOf(tf)
  freesEverything(() => {
    const texts = tf.tensor1d(['', 'kurz', 'ein Satz, länger als die 22 Bytes im Zeiger', '日本語'])
    const copy = operations.one('Identity', [typeAttribute('T', 7)], [texts])
    assert.deepEqual(copy.dataSync(), texts.dataSync())
  })
})

test('an error of TensorFlow is typed, names the operation and leaves nothing behind', () => {
  const { tf } = running
  const operations = operationsOf(tf)
  freesEverything(() => {
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([2, 3])]
    assert.throws(
      () => operations.one('MatMul', [float32], [a, b]),
      (error: FlywheelError) =>
        error.code === 'tensorflow-failed' &&
        error.members.tensorflowCode === 'INVALID_ARGUMENT' &&
        error.members.operation === 'MatMul' &&
        !isOutOfMemory(error),
    )
    assert.throws(() => operations.one('NoSuchOperation', [], []), FlywheelError)
    assert.throws(() => operations.one('MatMul', [typeAttribute('T', 999)], [a, b]), FlywheelError)
    assert.throws(() => operations.one('MatMul', [{ name: 'T', type: 42, value: 1 }], [a, b]), FlywheelError)
  })
})

test('running out of memory can be told from other errors', () => {
  const exhausted = tensorFlowError('MatMul', 'RESOURCE_EXHAUSTED', 'OOM when allocating tensor')
  assert.ok(isOutOfMemory(exhausted))
  assert.match(exhausted.remedy, /batchSize/)
  assert.ok(!isOutOfMemory(tensorFlowError('MatMul', 'INTERNAL', 'broken')))
})

test('a tensor that was disposed of is refused, not read', () => {
  const tensor = running.tf.tensor1d([1, 2]).square()
  tensor.dispose()
  assert.throws(() => tensor.dataSync())
})

test('other options than those in force are refused', async () => {
  const { startTensorFlow } = await import('../../src/tensorflow/start.js')
  assert.throws(() => startTensorFlow({ library: '/nowhere.so' }), FlywheelError)
})

test('the gradients of dense layers are those of tfjs’s own kernels', () => {
  const { tf } = running
  freesEverything(() => {
    const [x, kernel, bias] = [
      tf.randomNormal([5, 3], 0, 1, 'float32', 1),
      tf.randomNormal([3, 2], 0, 1, 'float32', 2),
      tf.tensor1d([0.1, -0.2]),
    ]
    const gradients = tf.grads((k: Tensor, b: Tensor) =>
      tf
        .relu(x.matMul(k as never).add(b))
        .square()
        .sum(),
    )
    const [dKernel, dBias] = gradients([kernel, bias]) as [Tensor, Tensor]
    const z = x.matMul(kernel as never).add(bias)
    const dz = z.relu().mul(2).mul(z.greater(0).cast('float32'))
    near(dKernel, tf.matMul(x as never, dz as never, true))
    near(dBias, tf.einsum('ij->j', dz))
  })
})

test('cross-entropy on logits is that of the definition, with its gradient', () => {
  const { tf } = running
  freesEverything(() => {
    const logits = tf.tensor2d([
      [2, 1, -1],
      [1000, 0, -1000],
    ])
    const labels = tf.tensor1d([1, 0], 'int32')
    const oneHot = tf.oneHot(labels, 3).cast('float32')
    const { value, grad } = tf.valueAndGrad((z) => softmaxCrossEntropy(tf, { logits: z, labels }).sum())(
      logits,
    )
    near(value, tf.scalar(1.3490122))
    near(grad, tf.softmax(logits).sub(oneHot))
    const [losses, gradients] = composedCrossEntropy(tf, { logits, labels })
    near(losses.sum(), value)
    near(gradients, grad)
  })
})

test('a dropout mask follows from seed and step alone', () => {
  const { tf } = running
  freesEverything(() => {
    const mask = (seed: number, step: number) =>
      statelessDropoutMask(tf, {
        shape: [100, 50],
        rate: 0.3,
        seed,
        step: tf.scalar(step, 'int32'),
      }).dataSync()
    const first = mask(7, 3)
    assert.deepEqual(mask(7, 3), first)
    assert.notDeepEqual(mask(7, 4), first)
    assert.notDeepEqual(mask(8, 3), first)
    const kept = first.filter((value) => value > 0)
    assert.ok(Math.abs(kept.length / first.length - 0.7) < 0.02)
    assert.ok(kept.every((value) => value === Math.fround(1 / 0.7)))
  })
})

test('a resource variable holds its value outside of tfjs, and is freed', () => {
  const { tf } = running
  freesEverything(() => {
    const variable = createVariable(tf, tf.tensor1d([1, 2]))
    variable.assign(tf.tensor1d([3, 4]))
    assert.deepEqual(variable.read().dataSync(), Float32Array.of(3, 4))
    variable.dispose()
  })
})

function near(actual: Tensor, expected: Tensor): void {
  assert.deepEqual(actual.shape, expected.shape)
  const difference = running.tf.tidy(() => actual.sub(expected).abs().max().arraySync() as number)
  assert.ok(difference < 1e-5, `differs by ${difference}`)
}
