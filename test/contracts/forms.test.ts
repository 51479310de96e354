import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as tf from '@tensorflow/tfjs'
import { Type } from 'typebox'
import type { Family, Shapes } from '../../src/contracts/family.js'
import type { Metric } from '../../src/contracts/metric.js'
import type { BytesColumn, TensorColumn, TextColumn } from '../../src/contracts/table.js'
import type { Task, TaskForm } from '../../src/contracts/task.js'
import type { Transform } from '../../src/contracts/transform.js'

/* What is learnt beside one value of a row is written against the contracts here, as it would be in the service. */

interface Box {
  readonly corner: readonly [x: number, y: number]
  readonly size: readonly [width: number, height: number]
}

interface Boxes extends TaskForm {
  readonly kind: 'detection'
  readonly target: TensorColumn
  readonly head: { readonly units: number; readonly most: number }
  readonly answer: { readonly boxes: readonly Box[] }
}

/** Up to `most` boxes of an image, each [is there, x, y, width, height]. */
const detection: Task<{ readonly most: number }, Boxes> = {
  name: 'object-detection',
  summary: 'Boxes',
  kind: 'detection',
  metrics: ['mean-overlap'],
  family: 'detector',
  refuses: () => null,
  fit: ({ all }) => ({ most: all.shape[0] as number }),
  encode: ({ values }) => Float64Array.from(values),
  head: ({ most }) => ({ units: 5 * most, most }),
  classes: () => [],
  decode(outputs, { most }) {
    const rows = outputs.length / (5 * most)
    return Array.from({ length: rows }, (_, row) => ({
      boxes: Array.from({ length: most }, (_, box) => outputs.subarray((row * most + box) * 5).subarray(0, 5))
        .filter(([isThere = 0]) => isThere > 0.5)
        .map(([, x = 0, y = 0, width = 0, height = 0]) => ({
          corner: [x, y] as const,
          size: [width, height] as const,
        })),
    }))
  },
}

test('boxes of images are a task: what is encoded is decoded', () => {
  const boxes = [1, 10, 20, 5, 5, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 1, 5, 6, 7, 8]
  const target: TensorColumn = {
    kind: 'tensor',
    name: 'boxes',
    rowKind: 'vector',
    shape: [2, 5],
    values: Float32Array.from(boxes),
  }
  const column = { name: 'boxes', type: 'vector', missing: 0, distinct: 2, length: 10 } as const
  const state = detection.fit({ column, all: target, trainingRows: Int32Array.of(0, 1) })
  assert.equal(detection.head(state).units, 10)
  assert.deepEqual(detection.decode(detection.encode(target, state), state), [
    { boxes: [{ corner: [10, 20], size: [5, 5] }] },
    {
      boxes: [
        { corner: [1, 2], size: [3, 4] },
        { corner: [5, 6], size: [7, 8] },
      ],
    },
  ])
})

test('a metric of boxes is one, and what takes tasks of single values takes no boxes', () => {
  const overlap: Metric<Boxes> = {
    name: 'mean-overlap',
    summary: 'Share of numbers that are equal',
    kind: 'detection',
    direction: 'maximise',
    compute: ({ yTrue, outputs }) => ({
      value: yTrue.filter((value, i) => value === outputs[i]).length / yTrue.length,
    }),
  }
  const numbers = Float64Array.of(1, 2, 3, 4)
  assert.equal(overlap.compute({ yTrue: numbers, outputs: numbers, units: 4 }).value, 1)
  // @ts-expect-error: the trainer and the metrics of one value would read the wrong numbers
  const single: Task<{ readonly most: number }> = detection
  assert.equal(single, detection)
})

interface Steps extends TaskForm {
  readonly kind: 'sequence'
  readonly target: TextColumn
  readonly head: { readonly units: number; readonly parts: readonly { name: string; units: number }[] }
  readonly answer: { readonly labels: readonly string[]; readonly sentiment: number }
}

test('a label for each step and a value beside them are two outputs, side by side', () => {
  const steps = 3
  const names = ['name', 'other']
  const tagging: Task<null, Steps> = {
    name: 'tagging',
    summary: 'Tags',
    kind: 'sequence',
    metrics: [],
    family: 'tagger',
    refuses: () => null,
    fit: () => null,
    encode: ({ codes, dictionary }) =>
      Float64Array.from([...codes].flatMap((code) => (dictionary[code] ?? '').split(' ').map(Number))),
    head: () => ({
      units: steps * names.length + 1,
      parts: [
        { name: 'tags', units: steps * names.length },
        { name: 'sentiment', units: 1 },
      ],
    }),
    classes: () => names,
    decode: (outputs) => [
      {
        labels: Array.from({ length: steps }, (_, step) =>
          (outputs[2 * step] as number) > (outputs[2 * step + 1] as number) ? 'name' : 'other',
        ),
        sentiment: outputs[steps * names.length] as number,
      },
    ],
  }
  const target: TextColumn = {
    kind: 'text',
    name: 'tags',
    codes: Int32Array.of(0),
    dictionary: ['1 0 1 0.5'],
  }
  assert.deepEqual([...tagging.encode(target, null)], [1, 0, 1, 0.5])
  assert.deepEqual(tagging.decode(Float64Array.of(1, 0, 0, 1, 1, 0, 0.5), null), [
    { labels: ['name', 'other', 'name'], sentiment: 0.5 },
  ])
})

test('a pair of texts is two inputs of one network, whose outputs are as wide as its shapes say', () => {
  const Hyperparameters = Type.Object({ width: Type.Integer({ default: 4, description: 'Of a token' }) })
  const pairs: Family<typeof Hyperparameters> = {
    name: 'pairs',
    summary: 'Two texts in one space',
    tasks: ['pair-scoring'],
    rows: ['tokens'],
    hyperparameters: Hyperparameters,
    plan: () => ({ parameters: 0, activationBytesPerRow: 0, flopsPerRow: 0 }),
    build({ tf, shapes, hyperparameters: { width } }) {
      const inputs = shapes.inputs.map(({ name, shape }) => tf.input({ name, shape: [...shape] }))
      const sides = inputs.map((input, i) => {
        const embedding = tf.layers.embedding({ inputDim: shapes.inputs[i]?.tokens ?? 1, outputDim: width })
        const mean = tf.layers.globalAveragePooling1d({})
        return mean.apply(embedding.apply(input)) as tf.SymbolicTensor
      })
      const logits = tf.layers.dense({ units: shapes.units }).apply(tf.layers.concatenate().apply(sides))
      return tf.model({ inputs, outputs: logits as tf.SymbolicTensor })
    },
  }
  const shapes: Shapes = {
    inputs: [
      { name: 'question', shape: [5], tokens: 10 },
      { name: 'answer', shape: [7], tokens: 20 },
    ],
    units: 3,
  }
  const model = pairs.build({ tf, shapes, hyperparameters: { width: 4 }, seed: 1 })
  const logits = model.predict([tf.ones([2, 5]), tf.ones([2, 7])]) as tf.Tensor
  assert.deepEqual(logits.shape, [2, shapes.units])
  model.dispose()
})

test('recordings are files that a step turns into a series', async () => {
  const loudness: Transform<Record<string, never>, null, BytesColumn> = {
    name: 'loudness',
    summary: 'Samples of 8 bits, four to a step',
    options: Type.Object({}),
    accepts: 'bytes',
    fit: () => null,
    apply: (columns) =>
      columns.map(({ name, values }) => ({
        kind: 'tensor',
        name,
        rowKind: 'series',
        shape: [2, 4],
        values: Float32Array.from(values.flatMap((file) => [...(file ?? new Uint8Array(8))])),
      })),
  }
  const recording: BytesColumn = {
    kind: 'bytes',
    name: 'sound',
    values: [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), null],
  }
  const [series] = await loudness.apply([recording], null, {})
  assert.deepEqual(
    series?.kind === 'tensor' && [...series.values],
    [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0],
  )
})
