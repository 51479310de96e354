import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { and, eq } from 'drizzle-orm'
import supertest from 'supertest'
import { modelVersions } from '../../src/registry/database/schema.js'
import { publishMade } from '../support/publish-made.js'
import { startApp } from './testing.js'

const { app, stop } = await startApp()
after(stop)
const request = supertest(app.server)
const [first = '', second = ''] = await publishMade(app, { model: 'made', versions: 2 })
const instances = [{ a: 2, job: 'x' }]

const asks: Record<string, () => supertest.Test> = {
  'our own': () => request.post('/v1/models/made/predict').send({ instances }),
  'TensorFlow Serving and KServe V1': () => request.post('/v1/models/made:predict').send({ instances }),
  'the Open Inference Protocol': () =>
    request.post('/v2/models/made/infer').send({
      inputs: [
        { name: 'a', shape: [1], datatype: 'FP64', data: [2] },
        { name: 'job', shape: [1], datatype: 'BYTES', data: ['x'] },
      ],
    }),
  'MLflow, SageMaker and Vertex AI': () =>
    request.post('/invocations').send({ dataframe_records: instances }),
}

test('each prediction tells the hash of its version, in every protocol', async () => {
  for (const [name, ask] of Object.entries(asks)) {
    const { status, headers, text } = await ask()
    assert.equal(status, 200, `${name}: ${text}`)
    assert.deepEqual([headers['x-model-version'], headers['x-model-sha256']], ['1', first], name)
  }
})

test('the instance shows its public key, and each version its signature', async () => {
  const { body } = await request.get('/v1/instance')
  assert.match(body.publicKey, /^[\w-]{43}$/)
  assert.match(body.pem, /^-----BEGIN PUBLIC KEY-----/)
  const { signed } = (await request.get('/v1/models/made/versions/1')).body
  assert.deepEqual([signed.algorithm, signed.publicKey], ['Ed25519', body.publicKey])
  await app.signer.check({
    model: 'made',
    version: 1,
    sha256: first,
    signature: signed.signature,
    signedBy: signed.publicKey,
  })
})

test('a version that was exchanged behind the instance’s back is not held, asked or used by jobs', async () => {
  const { db } = app.database
  assert.deepEqual(app.deployments.deployed, [first])
  // The files of version 2, which are whole and whose hashes fit, under the name of version 1.
  const row = and(eq(modelVersions.model, 'made'), eq(modelVersions.version, 1))
  await db.update(modelVersions).set({ sha256: second }).where(row)
  await app.deployments.refresh()
  assert.deepEqual(app.deployments.deployed, [])
  for (const [name, ask] of Object.entries(asks)) {
    const { status, text } = await ask()
    assert.equal(status, 500, `${name}: ${text}`)
    assert.match(text, /Version 1 of made is not what its signature is about/, name)
  }
  const unload = await request.post('/v2/repository/models/made/unload').send({})
  assert.deepEqual([unload.status, unload.body], [200, {}])
  const load = await request.post('/v2/repository/models/made/load').send({})
  assert.deepEqual([load.status, /signature/.test(load.text)], [500, true])
  const job = await request
    .post('/v1/jobs?dryRun=true')
    .send({ type: 'export', model: 'made@1', format: 'onnx' })
  assert.deepEqual([job.status, job.body.code], [500, 'signature-invalid'])
  const other = await request.post('/v1/models/made/versions/2/predict').send({ instances })
  assert.equal(other.status, 200, other.text)

  await db.update(modelVersions).set({ sha256: first }).where(row)
  await app.deployments.refresh()
  assert.deepEqual(app.deployments.deployed, [first])
  assert.equal((await asks['our own']?.())?.status, 200)
})
