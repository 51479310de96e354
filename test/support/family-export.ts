import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Family, Input, Shapes } from '../../src/contracts/family.js'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import type { Head } from '../../src/contracts/task.js'
import { formats } from '../../src/jobs/export/formats.js'
import { proveExport } from '../../src/jobs/export/proof/prove-export.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { readServable } from '../../src/serving/servable.js'
import { readWeights, runNetwork, writeWeights } from '../../src/training/network.js'
import { packTensors } from '../../src/training/weights.js'
import { someRows } from '../conformance/row-samples.js'
import { askPlainly } from './plain-tfjs.js'
import { testTensorFlow } from './tensorflow.js'

const classes = ['a', 'b', 'c']
const column = { type: 'number', missing: 0, distinct: 3 } as const

const tasks = {
  classification: {
    name: 'tabular-classification',
    state: { classes, spellings: classes.map((label, i) => [label, i]), merged: [] },
    units: 3,
  },
  regression: { name: 'tabular-regression', state: { mean: 40, deviation: 8 }, units: 1 },
} as const

/**
 * Exports a family's network for rows of a shape, without transforms, and asks it in Flywheel and in a plain process.
 * Weights are near the family's first ones, none of them 0 or 1.
 */
export async function exportedFamily(
  family: Family,
  {
    hyperparameters,
    sample,
    kind,
    folder,
    format = 'tfjs',
    rows = 9,
    modelFormat,
  }: {
    hyperparameters: unknown
    sample: Omit<Input, 'name'>
    kind: keyof typeof tasks
    folder: string
    format?: string
    rows?: number
    modelFormat?: 'layers-model' | 'graph-model'
  },
) {
  const { tf } = await testTensorFlow()
  const task = tasks[kind]
  const shapes: Shapes = { inputs: [{ name: 'features', ...sample }], units: task.units }
  const model = family.build({ tf, shapes, hyperparameters: hyperparameters as never, seed: 1 })
  const weights = readWeights(model).map((weight) => ({
    ...weight,
    values: Float32Array.from(
      weight.values,
      (value, i) => (value || 0.5) * (1 + 0.1 * Math.sin(i + 1)) - (value ? 0 : 0.5),
    ),
  }))
  writeWeights(tf, model, weights)
  const { tensors, bytes } = packTensors(weights)
  const features = someRows(rows, sample)
  const width = features.length / rows
  const names = Array.from({ length: width }, (_, i) => `c${i}`)
  const manifest: ModelManifest = {
    format: 1,
    task: { name: task.name, state: task.state },
    family: { name: family.name, hyperparameters },
    seed: 1,
    shapes: shapes as ModelManifest['shapes'],
    columns: [...names, 'y'].map((name) => ({ name, ...column })),
    target: 'y',
    features: names,
    transforms: [],
    networkColumns: names,
    split: { seed: 1, columns: names, thresholds: [0], trained: [] },
    weights: { sha256: '', sizeBytes: bytes.length, tensors: [...tensors] },
    optimizer: null,
    specification: {},
    dataset: { name: 'made', version: 1 },
  }
  const catalogue = await loadCatalogue()
  const servable = readServable(Buffer.from(JSON.stringify(manifest)), catalogue.tasks)
  const head = servable.task.head(task.state)
  const expected = answersOf(head, runNetwork({ tf, model, head, features, rows }))
  model.dispose()
  const written = await (formats.get(format) ?? assert.fail(format)).write({
    name: 'made@1',
    sha256: 'of the manifest',
    servable,
    family,
    transforms: catalogue.transforms,
    artifacts: { read: async () => Buffer.from(bytes) },
    tf,
    ...(modelFormat === undefined ? {} : { modelFormat }),
  })
  const { flopsPerRow } = family.plan(shapes, hyperparameters as never)
  mkdirSync(folder, { recursive: true })
  const context = {
    artifacts: { temporaryPath: () => join(folder, 'proof') },
    signal: new AbortController().signal,
  }
  const verified = await proveExport(written, { context, format, flopsPerRow })
  const { files } = written
  for (const file of files) {
    mkdirSync(dirname(join(folder, file.name)), { recursive: true })
    writeFileSync(join(folder, file.name), file.bytes)
  }
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, features[row * width + i]])),
  )
  return {
    expected,
    features,
    verified,
    modelFormat: written.details?.modelFormat,
    ask: () => askPlainly(folder, instances),
  }
}

function answersOf({ scale, units }: Head, outputs: Float32Array): number[][] {
  const { multiply, add } = scale ?? { multiply: 1, add: 0 }
  return Array.from({ length: outputs.length / units }, (_, row) =>
    Array.from(outputs.subarray(row * units, (row + 1) * units), (value) => value * multiply + add),
  )
}

/** The largest difference, relative where answers are large. */
export function largestDifference(answers: readonly number[][], expected: readonly number[][]): number {
  return expected.reduce(
    (largest, row, i) =>
      row.reduce((most, wanted, unit) => {
        const difference = Math.abs((answers[i]?.[unit] as number) - wanted)
        return Math.max(most, difference / Math.max(1, Math.abs(wanted)))
      }, largest),
    0,
  )
}
