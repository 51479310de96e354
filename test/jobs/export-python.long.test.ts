import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { kindOfType } from '../../src/contracts/dataset.js'
import type { Column } from '../../src/contracts/table.js'
import { parse } from '../../src/contracts/validation.js'
import { loadCatalogue } from '../../src/jobs/train/catalogue.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import type { Signature } from '../../src/serving/signature.js'
import { samples } from '../conformance/row-samples.js'
import { fromRows } from '../support/csv-table.js'
import { exportedFamily } from '../support/family-export.js'
import { handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { pythonWith, runPython } from '../support/python.js'
import { exportedVersion, snippetOf } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { trainOn } from '../support/train.js'
import { openVersion } from '../support/update.js'

const folder = await temporaryFolder()
const python = await pythonWith(['tensorflow-cpu==2.21.0', 'onnxruntime==1.32.0', 'safetensors==0.8.0'])
const artifacts = await openArtifactStore(folder)
const { sha256 } = await storeHandMadeModel(artifacts)

/** 256 rows of the hand-made model's columns, as numbers and with the answers that are worked out by hand. */
const instances = Array.from({ length: 256 }, (_, row) => ({
  a: row % 11 === 0 ? null : Math.sin(row) * 3,
  job: ['x', 'y', 'unseen', null][row % 4] as string | null,
}))
const expected = instances.map(handMadeProbabilities)
const numbers = instances.map(({ a, job }) => [a ?? 0, Number(job === 'x'), Number(job === 'y')])

/** A script that compares `output` with the expected answers and prints the largest difference. */
const compare = (script: string): string => `import json
import numpy as np
rows = np.array(json.load(open("rows.json")), np.float32)
${script}
print(float(np.abs(output - np.array(json.load(open("expected.json")))).max()))`

async function exportAs(format: string): Promise<string> {
  const { unpacked } = await exportedVersion(artifacts, { sha256, format, folder })
  writeFileSync(join(unpacked, 'rows.json'), JSON.stringify(numbers))
  writeFileSync(join(unpacked, 'expected.json'), JSON.stringify(expected))
  return unpacked
}

async function assertAnswers(unpacked: string, script: string): Promise<void> {
  const printed = await runPython(python, { script: compare(script), folder: unpacked })
  const difference = Number(printed.split('\n').at(-1))
  console.log(`largest difference of 256 rows: ${difference}`)
  assert.ok(difference < 1e-6, printed)
}

test('Python’s ONNX Runtime answers 256 rows of an ONNX export as the version does', async () => {
  const unpacked = await exportAs('onnx')
  await assertAnswers(
    unpacked,
    `import onnxruntime
session = onnxruntime.InferenceSession("model.onnx")
assert session.get_modelmeta().custom_metadata_map["version"] == "made@1"
output = session.run(["probabilities"], {"features": rows})[0]`,
  )
  const printed = await runPython(python, { script: snippetOf(unpacked, 'python'), folder: unpacked })
  const bias = handMadeProbabilities({ a: 0, job: null })
  assert.match(printed, new RegExp(`\\[\\('10', 0\\.${String(bias[1]).slice(2, 7)}`))
})

test('Python reads the weights of a safetensors export by name, and computes the same from them', async () => {
  const unpacked = await exportAs('safetensors')
  await assertAnswers(
    unpacked,
    `from safetensors.numpy import load_file
weights = load_file("model.safetensors")
logits = rows @ weights["logits/kernel"] + weights["logits/bias"]
output = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)`,
  )
  const printed = await runPython(python, { script: snippetOf(unpacked, 'python'), folder: unpacked })
  assert.equal(printed, 'made@1\nlogits/bias (3,)\nlogits/kernel (3, 3)')
})

test('Python’s TensorFlow answers 256 rows of a SavedModel as the version does, from columns and from numbers', async () => {
  const unpacked = await exportAs('savedmodel')
  writeFileSync(join(unpacked, 'instances.json'), JSON.stringify(instances))
  await assertAnswers(
    unpacked,
    `import tensorflow as tf
model = tf.saved_model.load("saved_model").signatures["serving_default"]
instances = json.load(open("instances.json"))
a = [float("nan") if each["a"] is None else each["a"] for each in instances]
job = ["" if each["job"] is None else each["job"] for each in instances]
output = model(a=tf.constant(a, tf.float64), job=tf.constant(job))["probabilities"].numpy()`,
  )
  await assertAnswers(
    unpacked,
    `import tensorflow as tf
model = tf.saved_model.load("saved_model").signatures["numbers"]
output = model(numbers=tf.constant(rows))["probabilities"].numpy()
one = model(numbers=tf.constant(rows[:1]))["probabilities"].numpy()
assert np.abs(one - output[:1]).max() < 1e-6`,
  )
  const printed = await runPython(python, { script: snippetOf(unpacked, 'python'), folder: unpacked })
  const [first] = handMadeProbabilities({ a: 1, job: 'a' })
  assert.match(printed, new RegExp(`\\[\\[${String(first).slice(0, 6)}.*b'9'`))
})

/** One row of what a README's code sends. */
function exampleColumn({ name, type }: Signature['inputs'][number]): Column {
  if (kindOfType(type) === 'text') return { kind: 'text', name, codes: Int32Array.of(0), dictionary: ['a'] }
  const value = type === 'date' ? Date.parse('2024-01-31') : 1
  return { kind: 'numeric', name, values: Float64Array.of(value) }
}

test('Python asks a SavedModel for columns with any names and types, as its README says', async () => {
  const rows = Array.from({ length: 80 }, (_, row) => [
    row % 9 ? String((row * 37) % 80) : '',
    `Straße ${row % 4}`,
    row % 2 ? 'true' : 'false',
    new Date(Date.UTC(2024, row % 12, 1)).toISOString().slice(0, 10),
    String(100 + ((row * 37) % 80)),
  ])
  const data = fromRows('houses', ['Größe in m²', 'street-name', 'class', 'built on', 'price'], rows)
  const { output } = await trainOn(data, { target: 'price', training: { epochs: 3, seed: 1 } }, { artifacts })
  const { unpacked, result } = await exportedVersion(artifacts, {
    sha256: output.version?.sha256 ?? assert.fail(),
    format: 'savedmodel',
    folder,
  })
  assert.equal(result.preprocessing, 'graph', `${result.notInGraph}`)
  const printed = await runPython(python, { script: snippetOf(unpacked, 'python'), folder: unpacked })
  const { inputs } = JSON.parse(readFileSync(join(unpacked, 'transforms.json'), 'utf8')) as Signature
  const answer = (await openVersion(output, artifacts)).answer
  const [expected] = await answer({ rows: 1, columns: inputs.map(exampleColumn) })
  const value = Number(/\[\[(.*?)\]\]/.exec(printed)?.[1])
  assert.ok(Math.abs(value - Number(expected)) / Number(expected) < 1e-5, `${printed}, ${expected}`)
})

const readers = {
  savedmodel: `import tensorflow as tf
model = tf.saved_model.load("saved_model").signatures["numbers"]
ask = lambda rows: list(model(numbers=tf.constant(rows)).values())
pick = lambda answers, units: next(each.numpy() for each in answers if each.shape[1:] == [units])
output = pick(ask(rows), units)`,
  onnx: `import onnxruntime
output = onnxruntime.InferenceSession("model.onnx").run(None, {"features": rows})[0]`,
} as const

for (const format of ['savedmodel', 'onnx'] as const) {
  test(`Python answers 256 rows of every family’s ${format} as Flywheel does`, async () => {
    for (const family of (await loadCatalogue()).families.values()) {
      for (const kind of family.rows) {
        const sample = samples[kind][0] ?? assert.fail(kind)
        const own = join(folder, `${format}-${family.name}-${kind}`)
        const isRegression = kind === 'series'
        const made = await exportedFamily(family, {
          hyperparameters: parse(family.hyperparameters, {}),
          sample,
          kind: isRegression ? 'regression' : 'classification',
          folder: own,
          format,
          rows: 256,
        })
        writeFileSync(join(own, 'rows.f32'), made.features)
        writeFileSync(join(own, 'expected.json'), JSON.stringify(made.expected))
        const script = `import json
import numpy as np
rows = np.fromfile("rows.f32", np.float32).reshape([256, ${sample.shape.join(', ')}])
expected = np.array(json.load(open("expected.json")))
units = expected.shape[1]
${readers[format]}
print(float((np.abs(output - expected) / np.maximum(1, np.abs(expected))).max()))`
        const printed = await runPython(python, { script, folder: own })
        const difference = Number(printed.split('\n').at(-1))
        console.log(`${format} of ${family.name} for ${kind}: largest difference ${difference}`)
        assert.ok(difference < 1e-5, `${family.name}: ${printed}`)
      }
    }
  })
}
