import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/config.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { readServable } from '../../src/serving/servable.js'
import tabularClassification from '../../src/tasks/tabular-classification.js'
import { packTensors } from '../../src/training/weights.js'
import { handMadeClasses, handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const artifactsFolder = await temporaryFolder()
const artifacts = await openArtifactStore(artifactsFolder)
const tasks = new Map([[tabularClassification.name, tabularClassification]])
const read = async (sha256: string) => readServable(await artifacts.read(sha256), tasks as never).reader
const both = await storeHandMadeModel(artifacts)
const narrow = await storeNarrowModel()
const [readBoth, readNarrow] = await Promise.all([read(both.sha256), read(narrow)])
const requests = 10_000
const predictor = await startPredictor({
  entry: fileURLToPath(new URL('../../src/workers/predictor.js', import.meta.url)),
  options: { artifactsFolder, tensorflowFolder: readConfig().tensorflowFolder, device: 'cpu' },
  memoryBytes: 2 ** 34,
  timeoutMs: 120_000,
  maxRequests: 2 * requests,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
after(() => predictor.close())

/** The same without the column `job`: another layout and another width. */
async function storeNarrowModel(): Promise<string> {
  const { manifest } = both
  const { tensors, bytes } = packTensors([
    { name: 'logits/kernel', shape: [1, 3], values: Float32Array.of(1, 0, 2) },
    { name: 'logits/bias', shape: [3], values: Float32Array.of(-1, 0, 0) },
  ])
  const other = {
    ...manifest,
    shapes: { inputs: [{ name: 'features', shape: [1] }], units: 3 },
    features: ['a'],
    transforms: manifest.transforms.slice(0, 1),
    networkColumns: ['a'],
    weights: { ...(await artifacts.put(bytes)), tensors: [...tensors] },
  }
  return (await artifacts.put(Buffer.from(JSON.stringify(other)))).sha256
}

/** Request i has 1 to 7 rows; each row's value marks it. */
const jobs = ['x', 'y', null, 'a category that nobody has seen']
const marked = (request: number) =>
  Array.from({ length: 1 + (request % 7) }, (_, row) => {
    const mark = request * 7 + row
    return { a: ((mark * 7_919) % 70_001) / 17_500 - 2, job: jobs[mark % 4] as string | null }
  })

async function ask(request: number, latencyTargetMs: number | null) {
  const instances = marked(request)
  if (request % 3 > 0) {
    const answer = await predictor.predict(both.sha256, readBoth.read(instances), { latencyTargetMs })
    return { ...answer, expected: instances.map(handMadeProbabilities) }
  }
  const rows = readNarrow.read(instances.map(({ a }) => ({ a })))
  const answer = await predictor.predict(narrow, rows, { latencyTargetMs })
  return { ...answer, expected: instances.map(({ a }) => handMadeProbabilities({ a, job: null })) }
}

const probabilitiesOf = (line: string | undefined): number[] => {
  const { probabilities } = JSON.parse(line as string)
  return handMadeClasses.map((name) => probabilities[name])
}
const largestDifference = (some: readonly number[], others: readonly number[]): number =>
  Math.max(...some.map((value, index) => Math.abs(value - (others[index] as number))))

test('10,000 requests at once, of different rows and layouts, get their own answers, as they do alone', async () => {
  const alone = new Map<number, readonly string[]>()
  for (let request = 0; request < requests; request += 97)
    alone.set(request, (await ask(request, null)).lines)
  for (const latencyTargetMs of [null, 50]) {
    const answers = await Promise.all(
      Array.from({ length: requests }, (_, request) => ask(request, latencyTargetMs)),
    )
    for (const [request, { lines, expected }] of answers.entries()) {
      assert.equal(lines.length, expected.length)
      for (const [row, line] of lines.entries()) {
        const own = probabilitiesOf(line)
        assert.ok(largestDifference(own, expected[row] as number[]) < 1e-5, `request ${request}, row ${row}`)
        const same = alone.get(request)?.[row]
        if (same !== undefined) assert.ok(largestDifference(own, probabilitiesOf(same)) < 1e-5)
      }
    }
    assert.ok(
      answers.some(({ lines, times }) => times.batchRows > lines.length),
      'some were computed together',
    )
  }
})

test('rows of another layout are refused, and those beside them are answered', async () => {
  const [wrong, right] = await Promise.allSettled([
    predictor.predict(both.sha256, readNarrow.read([{ a: 1 }])),
    ask(1, null),
  ])
  assert.ok(wrong.status === 'rejected')
  assert.match(String(wrong.reason), /expected 1 rows of 1, 1, 0 numbers, texts and files, received 1, 0, 0/)
  assert.equal(right.status, 'fulfilled')
})
