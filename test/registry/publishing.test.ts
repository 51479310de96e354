import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eq } from 'drizzle-orm'
import { setAlias } from '../../src/registry/aliases.js'
import { openArtifactStore } from '../../src/registry/artifacts.js'
import { models } from '../../src/registry/database/schema.js'
import { listDatasetVersions } from '../../src/registry/datasets.js'
import { insertFeedback } from '../../src/registry/feedback.js'
import { getJob, insertJob, requestCancel, startJob } from '../../src/registry/jobs.js'
import { removeModel, removeVersion } from '../../src/registry/model-removal.js'
import { getModel, getVersion, rowByReference, setServing } from '../../src/registry/models.js'
import { insertVersion } from '../../src/registry/new-versions.js'
import { publish } from '../../src/registry/publishing.js'
import { openSigner } from '../../src/registry/signing/signer.js'
import { testDatabase } from '../support/database.js'
import { addJob, draftVersion } from '../support/jobs.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const { db } = await testDatabase()
const artifacts = await openArtifactStore(await temporaryFolder())
const store = { db, artifacts, signer: await openSigner(db) }

async function published(model: string, deploy?: object): Promise<Record<string, unknown>> {
  const jobId = await addJob(db, { model })
  const version = await draftVersion(artifacts, { model, ...(deploy ? { deploy: deploy as never } : {}) })
  await publish(store, { jobId, output: { result: {}, version } })
  return (await getJob(db, jobId)).result ?? {}
}
const moving = (expected: unknown) => ({
  alias: 'champion',
  move: true,
  expected,
  reason: 'r',
  metrics: null,
})

test('the first result of a job wins, a later one changes nothing', async () => {
  const jobId = await addJob(db, { model: 'won' })
  const results = []
  for (const from of ['first', 'second']) {
    const version = await draftVersion(artifacts, { model: 'won' })
    results.push(await publish(store, { jobId, output: { result: { from }, version } }))
  }
  assert.deepEqual(results, [true, false])
  assert.equal((await getJob(db, jobId)).result?.from, 'first')
  assert.equal((await getModel(db, 'won')).versions.length, 1)
})

test('of ten results at once one is published', async () => {
  const jobId = await addJob(db, { model: 'race' })
  const version = await draftVersion(artifacts, { model: 'race' })
  const results = await Promise.all(
    Array.from({ length: 10 }, () => publish(store, { jobId, output: { result: {}, version } })),
  )
  assert.equal(results.filter(Boolean).length, 1)
  assert.deepEqual((await getModel(db, 'race')).aliases, { champion: 1 })
})

test('a job that was cancelled publishes nothing, although its result came', async () => {
  const jobId = await addJob(db, { model: 'late' })
  await startJob(db, jobId)
  await requestCancel(db, jobId)
  const version = await draftVersion(artifacts, { model: 'late' })
  await publish(store, { jobId, output: { result: {}, version } })
  assert.equal((await getJob(db, jobId)).state, 'cancelled')
  await assert.rejects(getModel(db, 'late'), { code: 'not-found' })
})

/** One that a job has made, of one file. */
async function draftDataset(name: string) {
  const part = { rows: 2, ...(await artifacts.put(Buffer.from(`rows of ${name}`))) }
  const columns = [{ name: 'value', type: 'number' as const, missing: 0, distinct: 2 }]
  const report = { rowsRead: 2, rowsKept: 2, rowsSkipped: 0, errors: [], findings: [] }
  return { name, rows: 2, sizeBytes: part.sizeBytes, sha256: part.sha256, columns, parts: [part], report }
}

test('a dataset that a job has made is stored with its success, under the next number, once', async () => {
  const dataset = await draftDataset('answers')
  const outputs: unknown[] = []
  for (const _ of [1, 2]) {
    const jobId = await addJob(db)
    const results = [
      await publish(store, { jobId, output: { result: {}, dataset } }),
      await publish(store, { jobId, output: { result: {}, dataset } }),
    ]
    assert.deepEqual(results, [true, false])
    outputs.push((await getJob(db, jobId)).result?.output)
  }
  assert.deepEqual(outputs, [
    { dataset: 'answers', version: 1 },
    { dataset: 'answers', version: 2 },
  ])
  assert.equal((await listDatasetVersions(db, 'answers')).length, 2)
})

test('a dataset whose files are not there, or whose job was cancelled, is not stored', async () => {
  const [lost, late] = [await addJob(db), await addJob(db)]
  const dataset = await draftDataset('lost')
  const parts = [{ rows: 2, sha256: '0'.repeat(64), sizeBytes: 1 }]
  await publish(store, { jobId: lost, output: { result: {}, dataset: { ...dataset, parts } } })
  assert.equal((await getJob(db, lost)).error?.code, 'artifact-damaged')
  await startJob(db, late)
  await requestCancel(db, late)
  await publish(store, { jobId: late, output: { result: {}, dataset } })
  assert.equal((await getJob(db, late)).state, 'cancelled')
  assert.deepEqual(await listDatasetVersions(db, 'lost'), [])
})

test('a version whose blobs are not there is not published, and the job says why', async () => {
  const jobId = await addJob(db, { model: 'hollow' })
  const version = { ...(await draftVersion(artifacts, { model: 'hollow' })), blobs: ['0'.repeat(64)] }
  await publish(store, { jobId, output: { result: {}, version } })
  const { state, error } = await getJob(db, jobId)
  assert.deepEqual([state, error?.code], ['failed', 'artifact-damaged'])
})

test('an alias moves only while it stands where the job saw it; a number is never given twice', async () => {
  await published('numbered')
  assert.equal(((await published('numbered')).deployed as { moved: boolean }).moved, false)
  assert.equal(((await published('numbered', moving(1))).deployed as { moved: boolean }).moved, true)
  await setAlias(db, { model: 'numbered', alias: 'champion', version: 1, expected: 3 })
  await removeVersion(store, { model: 'numbered', version: 3 })
  assert.equal((await published('numbered', moving('any'))).version, 4)
  assert.deepEqual((await getModel(db, 'numbered')).aliases, { champion: 4 })
})

test('an update whose champion was replaced meanwhile is rejected, and its labels stay untried', async () => {
  await published('overtaken')
  const features = { a: 1 }
  await insertFeedback(db, {
    model: 'overtaken',
    items: [{ predictionId: null, version: 1, features, label: '7' }],
  })
  const jobId = await addJob(db, { type: 'update', model: 'overtaken' })
  const version = await draftVersion(artifacts, { model: 'overtaken', deploy: moving(9) as never })
  const marks = { model: 'overtaken', upTo: 1_000, outcome: 'learnt', retry: false } as const
  await publish(store, { jobId, output: { result: { decision: 'promoted' }, version, feedback: marks } })
  const { result } = await getJob(db, jobId)
  assert.equal(result?.decision, 'rejected')
  assert.match(String(result?.reason), /has moved since/)
  const { rows } = (await db.execute("select state from feedback where model = 'overtaken'")) as never
  assert.deepEqual(rows, [{ state: 'pending' }])
})

test('an evaluation is kept with the version that it is about', async () => {
  await published('judged')
  const { sha256 } = await artifacts.put(Buffer.from('report'))
  const jobId = await addJob(db, { type: 'evaluate', model: 'judged@1' })
  const evaluation = { model: 'judged', version: 1, dataset: 'iris@2', reportSha256: sha256 }
  await publish(store, { jobId, output: { result: {}, evaluation } })
  const { evaluations } = await getVersion(db, { model: 'judged', version: 1 })
  assert.deepEqual(evaluations, [{ job: jobId, dataset: 'iris@2', sha256 }])
})

test('a version is found by number, alias or as the champion, with labels as they were', async () => {
  await published('named')
  for (const reference of ['named', 'named@1', 'named@champion']) {
    assert.deepEqual((await rowByReference(db, reference)).classes, ['7', 7, true])
  }
  for (const reference of ['named@2', 'named@other', 'nobody']) {
    await assert.rejects(rowByReference(db, reference), { code: 'not-found' })
  }
})

test('a second update of a model is refused while one is open', async () => {
  const first = await addJob(db, { type: 'update', model: 'busy' })
  await assert.rejects(addJob(db, { type: 'update', model: 'busy' }), { code: 'conflict' })
  await requestCancel(db, first)
  await addJob(db, { type: 'update', model: 'busy' })
})

test('the same id twice is one job', async () => {
  const id = await addJob(db, { model: 'same' })
  const { specification, plan } = await getJob(db, id)
  const again = await insertJob(db, { id, type: 'count', resolved: { specification, blobs: {}, plan } })
  assert.deepEqual([again.isNew, again.job.id], [false, id])
})

test('a model under the name of one that was removed has none of its settings; version numbers go on', async () => {
  await published('again')
  await setServing(db, { model: 'again', serving: { precision: 'int8' } as never })
  const settings = {
    updatePolicy: { everyLabels: 5 },
    keepPredictions: false,
    createdAt: new Date(0),
  } as const
  await db.update(models).set(settings).where(eq(models.name, 'again'))
  const read = async () => {
    const [row] = await db.select().from(models).where(eq(models.name, 'again'))
    const { lastVersion, updatePolicy, keepPredictions, serving, createdAt } =
      row as typeof models.$inferSelect
    return [lastVersion, updatePolicy, keepPredictions, serving, createdAt > new Date(0)]
  }
  const row = await rowByReference(db, 'again@1')
  const { model: _, version: __, ...rest } = row
  await insertVersion(db, { signer: store.signer, model: 'again', row: rest })
  assert.deepEqual(await read(), [2, { everyLabels: 5 }, false, { precision: 'int8' }, false])
  await removeModel(store, 'again')
  await insertVersion(db, { signer: store.signer, model: 'again', row: rest })
  assert.deepEqual(await read(), [3, null, null, null, true])
})
