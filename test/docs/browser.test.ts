import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Family } from '../../src/contracts/family.js'
import { parse } from '../../src/contracts/validation.js'
import transformerEncoder from '../../src/models/transformer-encoder.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { hasBrowser, servedDocument } from '../support/browser.js'
import { exportedFamily, largestDifference } from '../support/family-export.js'
import { handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { exportedVersion, snippetOf } from '../support/run-export.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const project = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const page = project('docs/browser/index.html')
const skip = hasBrowser ? false : 'there is no browser on this machine'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const { sha256 } = await storeHandMadeModel(artifacts)
const { unpacked } = await exportedVersion(artifacts, { sha256, format: 'tfjs', folder })
addPage(unpacked)

/** What docs/exports.md says. */
function addPage(into: string): void {
  copyFileSync(page, join(into, 'index.html'))
  copyFileSync(project('node_modules/@tensorflow/tfjs/dist/tf.es2017.min.js'), join(into, 'tf.es2017.min.js'))
}

let profiles = 0
const open = (path: string, { from = unpacked, until }: { from?: string; until: string }) =>
  servedDocument({ folder: from, path, until, profile: join(folder, `profile-${++profiles}`) })
const hasAnswered = '!answer.hidden || error.textContent !== ""'

const cellsOf = (text: string) =>
  [...text.matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell]) => String(cell).replaceAll(/<[^>]*>/g, ''))

test('the page of the docs loads an export in a browser and predicts, with nothing from elsewhere', {
  skip,
}, async () => {
  const { text, asked } = await open('index.html?a=2&job=x', { until: hasAnswered })
  assert.match(text, /made@1: kind/)
  const cells = cellsOf(text).filter((cell) => cell !== '')
  const expected = handMadeProbabilities({ a: 2, job: 'x' })
  assert.deepEqual([cells[0], cells[2], cells[4]], ['b', '10', '9'])
  for (const [at, value] of expected.entries()) assert.ok(Math.abs(Number(cells[2 * at + 1]) - value) < 1e-5)
  assert.match(text, /<strong>9<\/strong>/, 'the answered class')
  assert.match(text, /TensorFlow\.js \d+\.\d+\.\d+, backend \w+/)
  assert.ok(asked.includes('/model.json') && asked.includes('/preprocess/index.js'))
  assert.doesNotMatch(readFileSync(page, 'utf8'), /https?:\/\//)
})

test('the code in the README of an export runs in a page as it stands', { skip }, async () => {
  copyFileSync(project('node_modules/@tensorflow/tfjs/dist/tf.fesm.min.js'), join(unpacked, 'tf.fesm.min.js'))
  const html = `<!doctype html><meta charset="utf-8"><pre id="printed"></pre>
<script type="importmap">{ "imports": { "@tensorflow/tfjs": "./tf.fesm.min.js" } }</script>
<script>console.log = (value) => { printed.textContent = JSON.stringify(value) }</script>
<script type="module">${snippetOf(unpacked, 'js')}</script>`
  writeFileSync(join(unpacked, 'readme.html'), html)
  const { text } = await open('readme.html', { until: 'printed.textContent !== ""' })
  const [, printed] = /<pre id="printed">(.*?)<\/pre>/s.exec(text) ?? []
  const expected = handMadeProbabilities({ a: 1, job: 'a' })
  assert.ok(largestDifference(JSON.parse(String(printed)), [expected]) < 1e-5)
})

test('the page says what is wrong with a row', { skip }, async () => {
  const { text } = await open('index.html?a=much&job=x', { until: hasAnswered })
  assert.match(text, /instances\[0\]\.a: expected a finite number or null, received NaN/)
})

/** Asks 256 rows of numbers as 1, 7 and 248, and leaves the answers in the page. */
const prover = (format: string) => `<!doctype html><meta charset="utf-8"><pre id="answers"></pre>
<script src="./tf.es2017.min.js"></script>
<script type="module">
addEventListener('unhandledrejection', ({ reason }) => {
  document.getElementById('answers').textContent = JSON.stringify(String(reason))
})
async function answer() {
const rows = await (await fetch('./rows.json')).json()
await tf.ready()
const model = await tf.${format === 'graph-model' ? 'loadGraphModel' : 'loadLayersModel'}('./model.json')
const answers = []
for (const [from, to] of [[0, 1], [1, 8], [8, rows.length]]) {
  answers.push(...(await model.predict(tf.tensor(rows.slice(from, to))).array()))
}
document.getElementById('answers').textContent = JSON.stringify({ backend: tf.getBackend(), answers })
}
answer()
</script>`

async function answersInBrowser(from: string, format: string, rows: unknown[]) {
  writeFileSync(join(from, 'rows.json'), JSON.stringify(rows))
  writeFileSync(join(from, 'prove.html'), prover(format))
  const { text } = await open('prove.html', { from, until: 'answers.textContent !== ""' })
  const [, answered] = /<pre id="answers">(.*?)<\/pre>/s.exec(text) ?? []
  assert.match(String(answered), /^{/)
  return JSON.parse(answered as string) as { backend: string; answers: number[][] }
}

test('a layers model answers 256 rows in a browser as the version does', { skip }, async () => {
  const instances = Array.from({ length: 256 }, (_, row) => ({
    a: Math.sin(row) * 3,
    job: row % 2 ? 'x' : 'y',
  }))
  const rows = instances.map(({ a, job }) => [a, Number(job === 'x'), Number(job === 'y')])
  const { backend, answers } = await answersInBrowser(unpacked, 'layers-model', rows)
  const difference = largestDifference(answers, instances.map(handMadeProbabilities))
  console.log(`layers model, backend ${backend}: largest difference of ${answers.length} rows ${difference}`)
  assert.equal(answers.length, 256)
  assert.ok(difference < 1e-5)
})

test('a graph model answers 256 rows in a browser as the version does', { skip }, async () => {
  const own = join(folder, 'graph')
  const { features, expected } = await exportedFamily(transformerEncoder as unknown as Family, {
    hyperparameters: parse(transformerEncoder.hyperparameters, {}),
    sample: { shape: [6, 2] },
    kind: 'regression',
    folder: own,
    rows: 256,
  })
  addPage(own)
  const rows = Array.from({ length: 256 }, (_, row) =>
    Array.from({ length: 6 }, (__, step) => [
      ...features.subarray((row * 6 + step) * 2, (row * 6 + step + 1) * 2),
    ]),
  )
  const { backend, answers } = await answersInBrowser(own, 'graph-model', rows)
  const difference = largestDifference(answers, expected)
  console.log(`graph model, backend ${backend}: largest difference of ${answers.length} rows ${difference}`)
  assert.equal(answers.length, 256)
  assert.ok(difference < 1e-5)
})
