import assert from 'node:assert/strict'
import { test } from 'node:test'
import { softmaxCrossEntropy } from '../../src/tensorflow/kernels/softmax-cross-entropy.js'
import { distilledLosses, softTargets, type Teaching } from '../../src/training/distillation.js'
import { type Trained, train } from '../../src/training/train.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { classifier, regressor, smallTraining } from './small-training.js'

const softmax = (logits: readonly number[], temperature = 1): number[] => {
  const powers = logits.map((logit) => Math.exp(logit / temperature))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
const near = (received: number, expected: number, tolerance = 1e-5): void =>
  assert.ok(Math.abs(received - expected) <= tolerance, `${received} is not ${expected}`)

test('a row’s loss is α·T²·KL(teacher ‖ student) + (1 − α)·cross-entropy; without a label the first part alone', async () => {
  const { tf } = await testTensorFlow()
  const [teacher, student] = [
    [2, -1, 0.5],
    [0.3, 0.1, -2],
  ] as const
  const [temperature, alpha, label] = [4, 0.7, 2]
  const soft = softTargets(
    {
      answers: Float32Array.from([...softmax(teacher), ...softmax(teacher)]),
      labelled: Uint8Array.of(1, 0),
      temperature,
      alpha,
    },
    classifier,
  )
  const losses = tf.tidy(() => {
    const outputs = tf.tensor2d([student, student].map((row) => [...row]))
    const own = softmaxCrossEntropy(tf, { logits: outputs, labels: tf.tensor1d([label, label], 'int32') })
    const rows = tf.tensor2d(soft.values, [2, soft.width])
    return distilledLosses(tf, { head: classifier, temperature, outputs, own, soft: rows }).dataSync()
  })
  const [p, q] = [softmax(teacher, temperature), softmax(student, temperature)]
  const divergence = p.reduce((sum, each, i) => sum + each * Math.log(each / (q[i] as number)), 0)
  const taught = alpha * temperature ** 2 * divergence
  near(losses[0] as number, taught + (1 - alpha) * -Math.log(softmax(student)[label] as number))
  near(losses[1] as number, taught)
})

test('a regression’s loss mixes squared errors to teacher and label', async () => {
  const { tf } = await testTensorFlow()
  const teaching = {
    answers: Float32Array.of(3, 3),
    labelled: Uint8Array.of(1, 0),
    temperature: 4,
    alpha: 0.25,
  }
  const soft = softTargets(teaching, regressor)
  const losses = tf.tidy(() =>
    distilledLosses(tf, {
      head: regressor,
      temperature: 4,
      outputs: tf.tensor2d([[1], [1]]),
      own: tf.tensor1d([9, 9]),
      soft: tf.tensor2d(soft.values, [2, soft.width]),
    }).dataSync(),
  )
  assert.deepEqual([...losses], [0.25 * 4 + 0.75 * 9, 0.25 * 4])
})

/** A teacher that says the contrary of the labels of half of the rows, whose labels are not known. */
function contraryTeaching(targets: Float64Array, more: Partial<Teaching> = {}): Teaching {
  const answers = Float32Array.from({ length: targets.length * 3 }, (_, i) => {
    const wanted = ((targets[Math.floor(i / 3)] as number) + 1) % 3
    return i % 3 === wanted ? 0.9 : 0.05
  })
  return { answers, labelled: new Uint8Array(targets.length), temperature: 2, alpha: 0.5, ...more }
}

test('compiled, fed and operation by operation, with weights and accumulated gradients: the same weights', async () => {
  const settings = {
    training: { epochs: 4, batchSize: 8, gradientAccumulationSteps: 2 },
    hyperparameters: { l2: 0.01 },
  }
  const run = async (more: Parameters<typeof smallTraining>[1]): Promise<Trained> => {
    const options = await smallTraining(settings, more)
    const { data } = options
    const labelled = Uint8Array.from(data.targets, (_, row) => Math.min(1, row % 3))
    const teaching = contraryTeaching(data.targets, { labelled })
    const rowWeights = Float32Array.from(data.targets, (_, row) => 1 + (row % 2))
    return train({ ...options, data: { ...data, teaching, rowWeights } })
  }
  const [graph, fed, eager] = [
    await run({ executor: 'graph' }),
    await run({ executor: 'graph', residentBytes: 0 }),
    await run({ executor: 'eager' }),
  ]
  assert.deepEqual(fed.history, graph.history)
  const [a, b] = [graph, eager].map(({ weights }) => new Float32Array(weights.bytes.buffer))
  a?.forEach((value, i) => {
    near(value, b?.[i] as number, 1e-4)
  })
})

test('a student without labels learns what its teacher says, not the targets', async () => {
  const options = await smallTraining({
    training: { epochs: 150, batchSize: 16, optimizer: { name: 'adam', learningRate: 0.02 } },
  })
  const { data } = options
  const taught = await train({ ...options, data: { ...data, teaching: contraryTeaching(data.targets) } })
  // Validation compares with the labels, which the teacher never names.
  assert.ok((taught.history.at(-1)?.val_accuracy as number) < 0.2)
})

test('an answer that is not finite is refused before a step is run', async () => {
  const options = await smallTraining()
  const teaching = contraryTeaching(options.data.targets)
  teaching.answers[3 * 5] = Number.NaN
  await assert.rejects(
    train({ ...options, data: { ...options.data, teaching } }),
    /no finite answer to row 5/,
  )
})
