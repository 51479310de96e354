import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { discover } from '../../src/contracts/discovery.js'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import lstm from '../../src/models/lstm.js'
import resnet from '../../src/models/resnet.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { openSavedModel } from '../../src/tensorflow/saved-model/open-saved-model.js'
import type { GraphStep } from '../../src/training/saved-model/columns-graph.js'
import { loadTransforms } from '../../src/transforms/chain/catalogue.js'
import { fromRows } from '../support/csv-table.js'
import { exportedFamily } from '../support/family-export.js'
import { handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { exportedVersion } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { testTensorFlow } from '../support/tensorflow.js'
import { trainOn } from '../support/train.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const format = 'savedmodel'

/** Answers of an unpacked SavedModel's signature to columns of floats of 64 bits and texts. */
async function ask(unpacked: string, columns: Record<string, readonly (number | string)[]>) {
  const { tf } = await testTensorFlow()
  const { session, signatures } = openSavedModel(tf, join(unpacked, 'saved_model'))
  const { inputs, outputs } = signatures.get('serving_default') ?? assert.fail()
  const names = outputs.map(({ name }) => name)
  const call = session.prepare({
    name: 'test',
    feeds: inputs.map(({ node }) => node),
    fetches: outputs.map(({ node }) => node),
  })
  const answers = call.run(
    inputs.map(({ name, dtype }) => {
      const values = columns[name] ?? assert.fail(name)
      const given = values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value))
      return { dtype, shape: [values.length], values: given }
    }),
  )
  session.dispose()
  return Object.fromEntries(names.map((name, i) => [name, [...(answers[i] as unknown as unknown[])]]))
}
const textsOf = (values: unknown) => (values as Uint8Array[]).map((value) => Buffer.from(value).toString())

test('a SavedModel takes columns as they are in the data, and names the answered class', async () => {
  const { sha256 } = await storeHandMadeModel(artifacts)
  const { verified, unpacked, result } = await exportedVersion(artifacts, { sha256, format, folder })
  assert.match(verified.runtime, /^TensorFlow 2\.\d+\.\d+/)
  assert.equal(verified.rows, 512, '256 rows of numbers, and 256 of columns')
  assert.ok(verified.largestDifference < 1e-6)
  assert.deepEqual([result.preprocessing, result.notInGraph], ['graph', []])
  const { probabilities, label } = await ask(unpacked, {
    a: [2, Number.NaN, -0.5, 0.25],
    job: ['x', ' y\t', 'unseen', 'N/A'],
  })
  const expected = [
    { a: 2, job: 'x' },
    { a: null, job: 'y' },
    { a: -0.5, job: 'unseen' },
    { a: 0.25, job: null },
  ].flatMap(handMadeProbabilities)
  for (const [at, value] of expected.entries())
    assert.ok(Math.abs(Number(probabilities?.[at]) - value) < 1e-6)
  assert.deepEqual(textsOf(label), ['9', '9', '10', '9'])
})

test('a threshold decides the class of a SavedModel as it does in predict', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => [String(row), row % 3 ? 'no' : 'yes'])
  const data = fromRows('made', ['size', 'bought'], rows)
  const { output } = await trainOn(
    data,
    { target: 'bought', training: { epochs: 1, seed: 1 } },
    { artifacts },
  )
  const manifest = JSON.parse(String(await artifacts.read(output.version?.sha256 ?? assert.fail())))
  const calibration = { rows: 10, threshold: 1e-9, scores: [0] }
  const { sha256 } = await artifacts.put(Buffer.from(JSON.stringify({ ...manifest, calibration })))
  const { unpacked } = await exportedVersion(artifacts, { sha256, format, folder })
  const { classes } = JSON.parse(readFileSync(join(unpacked, 'labels.json'), 'utf8'))
  const { label } = await ask(unpacked, { size: [1, 30] })
  assert.deepEqual(textsOf(label), [classes[1], classes[1]])
})

test('every transform that has a form in a graph computes there what it computes in Flywheel', async () => {
  const steps = await discover<GraphStep>(new URL('../../src/training/saved-model/steps/', import.meta.url))
  const known = await loadTransforms()
  assert.deepEqual(
    [...steps.keys()].filter((name) => !known.has(name)),
    [],
  )
  const text = (row: number, of: number) => (row % 13 ? `Größe ${(row * 7) % of}` : '')
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'shop', 'town', 'kind', 'level', 'y']
  const rows = Array.from({ length: 200 }, (_, row) => [
    ...[3, 5, 7, 11, 13, 17].map((by) => (row % by ? String(((row * by) % 31) - 9.5) : '')),
    text(row, 4),
    text(row, 6),
    text(row, 3),
    String(row % 4),
    String(row % 31),
  ])
  const transforms = [
    { name: 'clip', columns: 'a' },
    { name: 'log', columns: 'b' },
    { name: 'power', columns: ['c', 'd'] },
    { name: 'bin', columns: 'e', options: { bins: 4 } },
    { name: 'bin', columns: 'f', options: { bins: 3, encode: 'ordinal' } },
    { name: 'one-hot', columns: ['shop', 'level'], options: { maxCategories: 2 } },
    { name: 'ordinal', columns: 'town' },
    { name: 'target-encode', columns: 'kind' },
    { name: 'impute', columns: ['a', 'b', 'f'], options: { strategy: 'mean', indicator: true } },
    { name: 'impute', columns: ['c', 'd'] },
    { name: 'scale', columns: ['a', 'b', 'town'] },
    { name: 'pca', columns: ['c', 'd'], options: { components: 2 } },
    { name: 'select', columns: ['e:*'] },
  ]
  const used = new Set([...transforms.map(({ name }) => name), 'elements'])
  assert.deepEqual(
    [...steps.keys()].filter((name) => !used.has(name)),
    [],
    'each is in this chain',
  )
  const { output } = await trainOn(
    fromRows('made', names, rows),
    { target: 'y', task: 'tabular-regression', transforms, training: { epochs: 2, seed: 1 } },
    { artifacts },
  )
  const sha256 = output.version?.sha256 ?? assert.fail()
  const { verified, result } = await exportedVersion(artifacts, { sha256, format, folder })
  assert.equal(result.preprocessing, 'graph')
  assert.equal(verified.rows, 512)
  assert.ok(verified.largestDifference < 1e-5, `${verified.largestDifference}`)
})

test('a SavedModel whose transforms can not stand in a graph takes numbers, and says how columns become them', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => [
    new Date(Date.UTC(2024, row % 12, 1)).toISOString().slice(0, 10),
    row % 3 ? 'yes' : 'no',
  ])
  const { output } = await trainOn(
    fromRows('made', ['day', 'bought'], rows),
    {
      target: 'bought',
      transforms: [
        { name: 'date-parts', columns: 'day', options: { parts: ['month'] } },
        { name: 'impute', columns: '*' },
      ],
      training: { epochs: 1, seed: 1 },
    },
    { artifacts },
  )
  const sha256 = output.version?.sha256 ?? assert.fail()
  const { verified, result, unpacked } = await exportedVersion(artifacts, { sha256, format, folder })
  assert.deepEqual([result.preprocessing, result.notInGraph, verified.rows], ['json', ['date-parts'], 256])
  const described = JSON.parse(readFileSync(join(unpacked, 'transforms.json'), 'utf8'))
  assert.deepEqual([described.preprocessing, described.notInGraph], ['json', ['date-parts']])
  assert.match(readFileSync(join(unpacked, 'README.md'), 'utf8'), /`date-parts` can not stand in TensorFlow/)
})

for (const [family, sample, kind] of [
  [resnet, { shape: [11, 9, 3] }, 'classification'],
  [lstm, { shape: [6, 2] }, 'regression'],
] as const) {
  test(`a SavedModel of ${family.name} answers for any number of rows`, async () => {
    const { verified } = await exportedFamily(family as unknown as Family, {
      hyperparameters: parse(family.hyperparameters, {}),
      sample,
      kind,
      folder: join(folder, family.name),
      format,
    })
    assert.ok(verified.largestDifference < 1e-5)
  })
}
