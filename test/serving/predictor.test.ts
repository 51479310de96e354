import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../src/config.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { startPredictor } from '../../src/serving/client/predictor-client.js'
import { readServable } from '../../src/serving/servable.js'
import tabularClassification from '../../src/tasks/tabular-classification.js'
import { handMadeClasses, handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const artifactsFolder = await temporaryFolder()
const artifacts = await openArtifactStore(artifactsFolder)
const model = await storeHandMadeModel(artifacts)
const tasks = new Map([[tabularClassification.name, tabularClassification]])
const { reader } = readServable(await artifacts.read(model.sha256), tasks as never)
const predictor = await startPredictor({
  entry: fileURLToPath(new URL('../../src/workers/predictor.js', import.meta.url)),
  options: { artifactsFolder, tensorflowFolder: readConfig().tensorflowFolder, device: 'cpu' },
  memoryBytes: 2 ** 34,
  log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
})
after(() => predictor.close())
const jobs = ['x', 'y', null, 'unseen']
const instance = (index: number) => ({
  a: index % 7 === 0 ? null : (index % 41) / 10 - 2,
  job: jobs[index % 4] ?? null,
})

test('a version is loaded on demand and answers what can be worked out by hand, in the order of its classes', async () => {
  const { lines } = await predictor.predict(model.sha256, reader.read([instance(1)]))
  const expected = handMadeProbabilities(instance(1))
  const text = lines[0] as string
  assert.deepEqual(
    [...text.matchAll(/"(b|10|9)":/g)].map((match) => match[1]),
    handMadeClasses,
  )
  const { label, probabilities } = JSON.parse(text)
  assert.equal(label, handMadeClasses[expected.indexOf(Math.max(...expected))])
  for (const [index, name] of handMadeClasses.entries()) {
    assert.ok(Math.abs(probabilities[name] - (expected[index] as number)) < 1e-6)
  }
})

test('a row that has no finite answer, or is not of the model, is named by its place in the request, however large that is', async () => {
  const instances = Array.from({ length: 3_000 }, (_, index) => instance(index))
  const { lines, times } = await predictor.predict(model.sha256, reader.read(instances))
  assert.ok(lines.length === 3_000 && times.batchRows < 3_000)
  for (const index of [0, 1_234, 2_999]) {
    const { probabilities } = JSON.parse(lines[index] as string)
    const expected = handMadeProbabilities(instance(index))
    assert.ok(Math.abs(probabilities.b - (expected[0] as number)) < 1e-6, `row ${index}`)
  }
  const numeric = await predictor.predictNumbers(model.sha256, reader.read(instances))
  assert.equal(numeric.outputs.length, 9_000)
  assert.equal(numeric.classes?.length, 3_000)
  instances[2_500] = { a: 3e38, job: 'x' }
  await assert.rejects(
    predictor.predict(model.sha256, reader.read(instances)),
    /^FlywheelError: instances\[2500\]: the model has no finite answer/,
  )
})

test('1,000 requests at once get what they get alone', async () => {
  const alone: (string | undefined)[] = []
  for (let index = 0; index < 28; index += 1) {
    alone.push((await predictor.predict(model.sha256, reader.read([instance(index)]))).lines[0])
  }
  const together = await Promise.all(
    Array.from({ length: 1_000 }, async (_, index) => ({
      asked: instance(index % 28),
      line: (await predictor.predict(model.sha256, reader.read([instance(index % 28)]))).lines[0],
      alone: alone[index % 28] as string,
    })),
  )
  for (const { line, alone, asked } of together) {
    const [own, other] = [JSON.parse(line as string), JSON.parse(alone)]
    assert.equal(own.label, other.label)
    for (const [index, name] of handMadeClasses.entries()) {
      assert.ok(Math.abs(own.probabilities[name] - other.probabilities[name]) < 1e-6)
      assert.ok(Math.abs(own.probabilities[name] - (handMadeProbabilities(asked)[index] as number)) < 1e-6)
    }
  }
})

test('values that the network can not take are refused by the row of the request they came in', async () => {
  const requests = [[instance(1), { a: 1e300, job: 'x' }], [instance(2)]]
  const [refused, fine] = await Promise.allSettled(
    requests.map((instances) => predictor.predict(model.sha256, reader.read(instances))),
  )
  assert.equal(fine?.status, 'fulfilled')
  assert.ok(refused?.status === 'rejected' && refused.reason instanceof FlywheelError)
  assert.equal(refused.reason.code, 'instances-invalid')
  assert.match(refused.reason.errors[0]?.path ?? '', /^instances\[1\]/)
})

test('a version whose file is damaged or gone is refused, and works again when it is back', async () => {
  const other = await storeHandMadeModel(artifacts, { seed: 2 })
  await rm(artifacts.path(other.sha256))
  const rows = reader.read([instance(3)])
  await assert.rejects(
    predictor.predict(other.sha256, rows),
    (error: unknown) => error instanceof FlywheelError && error.code === 'artifact-damaged',
  )
  await storeHandMadeModel(artifacts, { seed: 2 })
  assert.equal((await predictor.predict(other.sha256, rows)).lines.length, 1)
})
