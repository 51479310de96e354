import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { DatasetSnapshot } from '../../src/contracts/dataset.js'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { NumericColumn } from '../../src/contracts/table.js'
import { readTable } from '../../src/datasets/read-table.js'
import type { PredictRequest } from '../../src/jobs/predict/request.js'
import { resolvePredict } from '../../src/jobs/predict/resolve.js'
import { runPredict } from '../../src/jobs/predict/run.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { handMadeClasses, handMadeProbabilities, storeHandMadeModel } from '../support/hand-made-model.js'
import { parquet } from '../support/parquet.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { registryOf, runContext } from '../support/train.js'

const folder = await temporaryFolder()
const artifacts = await openArtifactStore(folder)
const { sha256, blobs } = await storeHandMadeModel(artifacts)
const version = {
  model: 'made',
  version: 3,
  sha256,
  blobs,
  dataset: { name: 'made', version: 1 },
  task: 'tabular-classification',
  target: 'kind',
  classes: handMadeClasses,
}

/** Rows of both parts, the first and the last of a block, that no answer can be given to: beyond float32, or its logits are. */
const ROWS = 6_000
const beyond = new Set([0, 2_047, 2_048, 2_049, 4_500, ROWS - 1])
const infinite = 3_000
const mark = (row: number) => Math.sin(row) * 2
const numbers = `case when range in (${[...beyond].join(', ')}) then 1e300 when range = ${infinite} then 3e38 else sin(range) * 2 end`
const select = (range: string, id: string) =>
  `select range::${id} as c0, ${numbers} as c1, case range % 3 when 0 then 'x' when 1 then 'y' end as c2 from ${range}`

async function snapshot(): Promise<DatasetSnapshot> {
  // Appended numbers made a column of integers one of numbers.
  const files = [
    { rows: 2_500, bytes: await parquet(select('range(2500)', 'bigint')) },
    { rows: ROWS - 2_500, bytes: await parquet(select(`range(2500, ${ROWS})`, 'double')) },
  ]
  const parts = await Promise.all(
    files.map(async ({ rows, bytes }) => ({ rows, ...(await artifacts.put(bytes)) })),
  )
  const column = { missing: 0, distinct: 3 }
  const columns = [
    { ...column, name: 'id', type: 'number' as const },
    { ...column, name: 'a', type: 'number' as const },
    { ...column, name: 'job', type: 'category' as const, missing: ROWS / 3 },
  ]
  return { name: 'rows', version: 2, rows: ROWS, columns, parts }
}
const data = await snapshot()

let jobs = 0
async function predict(more: Partial<PredictRequest> = {}) {
  const request: PredictRequest = {
    type: 'predict',
    model: 'made',
    dataset: 'rows',
    name: 'answers',
    ...more,
  }
  const resolved = await resolvePredict(request, registryOf({ snapshot: data }, version))
  const jobId = `predict-${++jobs}`
  return runPredict({ jobId, type: 'predict', ...resolved }, runContext(artifacts, jobId).context)
}

test('rows without an answer stay, are counted and named; all others have their own answer', async () => {
  const { result, dataset } = await predict()
  assert.ok(dataset)
  assert.equal(result.unanswered, beyond.size + 1)
  const named = dataset.report.errors.map(({ path }) => path)
  const expected = [...beyond].map((row) => [row, `row ${row + 1}, a`] as const)
  const all = [...expected, [infinite, `row ${infinite + 1}`] as const].sort(([a], [b]) => a - b)
  assert.deepEqual(
    named,
    all.map(([, path]) => path),
  )
  assert.deepEqual([dataset.report.rowsRead, dataset.report.rowsKept], [ROWS, ROWS])
  assert.equal(dataset.report.findings[0]?.code, 'unanswered')
  const { columns } = await readTable({
    snapshot: { ...dataset, version: 1, columns: [...dataset.columns], parts: [...dataset.parts] },
    path: artifacts.path,
  })
  const values = (name: string) => (columns.find((column) => column.name === name) as NumericColumn).values
  const probabilities = handMadeClasses.map((label) => values(`predicted_probability_${label}`))
  const ids = values('id')
  for (let row = 0; row < ROWS; row++) {
    assert.equal(ids[row], row)
    const own = probabilities.map((column) => column[row] as number)
    const job = ['x', 'y', null][row % 3] as string | null
    const wanted = handMadeProbabilities({ a: mark(row), job })
    if (beyond.has(row) || row === infinite) assert.ok(own.every(Number.isNaN), `row ${row}: ${own}`)
    else
      assert.ok(
        own.every((value, at) => Math.abs(value - (wanted[at] as number)) < 1e-5),
        `row ${row}: ${own}`,
      )
  }
  for (const column of dataset.columns.slice(3)) assert.equal(column.missing, beyond.size + 1)
})

test('a job that keeps no rows without an answer ends with the first of them, and leaves nothing', async () => {
  const error = await predict({ onUnanswered: 'reject' }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof FlywheelError)
  assert.equal(error.code, 'instances-invalid')
  assert.match(error.message, /^row 1, a: /)
  assert.deepEqual(await readdir(join(folder, 'uploads')), [])
})

test('sets are refused for a version without validation rows', async () => {
  await assert.rejects(predict({ conformal: 0.9 }), /conformal: expected nothing, for a version without/)
})

test('a part that holds other rows than it should ends the job', async () => {
  const [first, ...others] = data.parts
  const damaged = { ...data, rows: ROWS + 1, parts: [{ ...first, rows: 2_501 } as never, ...others] }
  const request: PredictRequest = { type: 'predict', model: 'made', dataset: 'rows', name: 'answers' }
  const resolved = await resolvePredict(request, registryOf({ snapshot: damaged }, version))
  const run = runPredict(
    { jobId: 'damaged', type: 'predict', ...resolved },
    runContext(artifacts, 'damaged').context,
  )
  await assert.rejects(run, /holds 6000 rows, not the 6001/)
})
