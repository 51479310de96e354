import assert from 'node:assert/strict'
import { after, describe, it, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { models } from '../../src/registry/database/schema.js'
import { registryLookup } from '../../src/registry/lookup.js'
import { waitingUpdates } from '../../src/registry/update-policies.js'
import { startApp } from '../api/testing.js'
import { filesOfBundle, packBundle, withFiles } from '../support/bundles.js'
import { startService } from '../support/service.js'

/** Where the versions are made; the others have data folders of their own and share nothing with it. */
const origin = await startService({ jobTypes: null })
const [other, third] = await Promise.all([startApp(), startApp()])
after(() => Promise.all([other.stop(), third.stop()]))

const rows = Array.from({ length: 120 }, (_, at) => ({
  size: (at * 37) % 80,
  walls: at % 11 === 0 ? null : ['brick', 'wood', 'clay'][at % 3],
  note: `house ${at % 7} by the ${at % 2 ? 'sea' : 'hill'}`,
  kind: ['cheap', 'fair', 'dear'][Math.floor(((at * 37) % 80) / 27)],
}))
const instances = rows.slice(0, 50).map(({ kind: _, ...row }) => row)
const uploaded = await origin.request.post('/v1/datasets').send({ name: 'houses', rows })
assert.equal(uploaded.status, 201, uploaded.text)
await succeeded({
  type: 'train',
  model: 'houses',
  dataset: 'houses',
  target: 'kind',
  hyperparameters: { hiddenUnits: [32] },
  training: { epochs: 3 },
})
await succeeded({ type: 'compress', model: 'houses@1', method: 'float16' })
await succeeded({ type: 'compress', model: 'houses@1', method: 'prune', options: { epochs: 2 } })
await succeeded({ type: 'compress', model: 'houses@1', method: 'int8', options: { mode: 'dynamic' } })
const bundles = new Map<number, Buffer>()
for (const version of [1, 2, 3, 4]) bundles.set(version, await exported(version))
const bundle = bundles.get(1) as Buffer
const files = await filesOfBundle(bundle)

async function succeeded(job: object): Promise<Record<string, unknown>> {
  const { state, result, error } = await origin.ended(await origin.submit(job))
  assert.equal(state, 'succeeded', JSON.stringify(error))
  return result ?? {}
}

async function exported(version: number): Promise<Buffer> {
  const result = await succeeded({ type: 'export', model: `houses@${version}`, format: 'bundle' })
  const verified = result.verified as { rows: number; largestDifference: number; runtime: string }
  assert.deepEqual([verified.rows, verified.runtime], [256, 'Flywheel’s predictor on ONNX Runtime'])
  assert.ok(verified.largestDifference < 1e-5)
  const answer = await fetch(`${origin.url}${result.download}`)
  assert.equal(
    answer.headers.get('content-disposition'),
    `attachment; filename="houses-${version}-bundle.zip"`,
  )
  return Buffer.from(await answer.arrayBuffer())
}

const importInto = (
  app: FastifyInstance,
  payload: Buffer,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
) =>
  app.inject({
    method: 'POST',
    url: `/v1/models/houses/import${query}`,
    payload,
    headers: { 'content-type': 'application/zip', ...headers },
  })

const get = async (app: FastifyInstance, url: string) => (await app.inject(url)).json()

/** Predictions as they came, byte for byte, but for their ids. */
async function predictions(app: FastifyInstance, version: number): Promise<string> {
  const url = `/v1/models/houses/versions/${version}/predict`
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload: { instances } })
  assert.equal(statusCode, 200, body)
  return body.replaceAll(/"id":"[^"]*",/g, '')
}

describe('a version in another instance', () => {
  for (const [version, bytes] of bundles) {
    it(`answers as where it came from, bit for bit: version ${version}`, async () => {
      const { statusCode, body } = await importInto(other.app, bytes)
      assert.equal(statusCode, 201, body)
      assert.equal(JSON.parse(body).version, version)
      assert.equal(await predictions(other.app, version), await predictions(origin.app, version))
    })
  }

  it('is a version of that instance, which signs it, and tells where it came from', async () => {
    const [there, here] = await Promise.all(
      [origin.app, other.app].map((app) => get(app, '/v1/models/houses/versions/2')),
    )
    const { publicKey } = await get(origin.app, '/v1/instance')
    const { job, dataset, parent, sha256, metrics, origins, signed } = here
    assert.deepEqual([job, dataset, parent], [null, null, null])
    assert.deepEqual([sha256, metrics, here.signature], [there.sha256, there.metrics, there.signature])
    assert.deepEqual(origins, [
      { publicKey, model: 'houses', version: 2, createdAt: there.createdAt, dataset: 'houses@1' },
    ])
    assert.equal(signed.publicKey, (await get(other.app, '/v1/instance')).publicKey)
    assert.notEqual(signed.publicKey, publicKey)
    assert.deepEqual(there.origins, [])
    const report = '/v1/models/houses/versions/2/report'
    assert.deepEqual(await get(other.app, report), await get(origin.app, report))
  })

  it('holds the files that are stored, compressed ones as they are', async () => {
    const manifest = async (version: number): Promise<ModelManifest> =>
      JSON.parse(String((await filesOfBundle(bundles.get(version) as Buffer)).get('manifest.json')))
    assert.equal((await manifest(2)).weights?.tensors[0]?.dtype, 'float16')
    assert.equal((await manifest(3)).weights?.encoding?.name, 'brotli')
    assert.ok((await manifest(4)).weights?.tensors.some(({ dtype }) => dtype === 'int8'))
  })

  it('takes an alias where that names none yet; otherwise only when that is asked for', async () => {
    const aliases = async () => (await get(other.app, '/v1/models/houses')).aliases
    assert.deepEqual(await aliases(), { champion: 1 })
    const never = (await importInto(other.app, bundle, { query: '?alias=next&when=never' })).json()
    assert.deepEqual(never.deployed, { alias: 'next', moved: false, reason: 'when is "never"' })
    const first = (await importInto(other.app, bundle)).json()
    assert.deepEqual(first.deployed, {
      alias: 'champion',
      moved: false,
      reason: 'the alias champion names version 1 already',
    })
    const always = (await importInto(other.app, bundle, { query: '?when=always' })).json()
    assert.equal(always.deployed.moved, true)
    assert.deepEqual(await aliases(), { champion: always.version })
  })

  it('is its ONNX form alone where it is so there', async () => {
    const manifest: ModelManifest = JSON.parse(String(files.get('manifest.json')))
    const quantised = { ...manifest, weights: null, optimizer: null }
    const made = withFiles(files, { 'manifest.json': Buffer.from(JSON.stringify(quantised)) })
    const { statusCode, body } = await importInto(other.app, packBundle(made))
    assert.equal(statusCode, 201, body)
    const { version, sha256 } = JSON.parse(body)
    const [own, given] = [sha256, (await get(origin.app, '/v1/models/houses/versions/1')).sha256]
    const answers = (await predictions(other.app, version)).replace(own, given)
    assert.equal(answers.replace(`"version":${version}`, '"version":1'), await predictions(origin.app, 1))
  })

  it('goes on to a third one with its whole way', async () => {
    const [here] = (await get(other.app, '/v1/models/houses')).versions
    const { statement, signature } = await signedStatement(other.app)
    const names = new Map([...files, ['bundle.json', statement], ['signature.json', signature]])
    const { statusCode, body } = await importInto(third.app, packBundle(names))
    assert.equal(statusCode, 201, body)
    const keys = await Promise.all([other.app, origin.app].map((app) => get(app, '/v1/instance')))
    const { origins } = JSON.parse(body)
    assert.deepEqual(
      origins.map((each: { publicKey: string; dataset: string | null }) => [each.publicKey, each.dataset]),
      [
        [keys[0].publicKey, null],
        [keys[1].publicKey, 'houses@1'],
      ],
    )
    assert.equal(origins[0].createdAt, here.createdAt)
    assert.equal(await predictions(third.app, 1), await predictions(origin.app, 1))
  })

  it('is made once by requests with one idempotency key', async () => {
    const once = { headers: { 'idempotency-key': 'import-1' } }
    const answers = await Promise.all([
      importInto(third.app, bundle, once),
      importInto(third.app, bundle, once),
    ])
    const again = await importInto(third.app, bundle, once)
    assert.deepEqual(
      [...answers, again].map((answer) => [answer.statusCode, answer.json().version]),
      [1, 2, 3].map(() => [201, 2]),
    )
    const changed = await importInto(third.app, bundles.get(2) as Buffer, once)
    assert.equal(changed.json().code, 'idempotency-key-reused')
  })

  it('learns nothing more there and is not compressed, as its dataset is not there; it is evaluated on others', async () => {
    const plan = async (payload: object) => {
      const answer = await other.app.inject({ method: 'POST', url: '/v1/jobs?dryRun=true', payload })
      return { status: answer.statusCode, body: answer.json() }
    }
    for (const job of [
      { type: 'update', model: 'houses' },
      { type: 'compress', model: 'houses@1', method: 'float16' },
    ]) {
      const { status, body } = await plan(job)
      assert.deepEqual([status, body.code], [422, 'specification-invalid'])
      assert.match(
        body.detail,
        /expected a version whose dataset is here, .*, received houses@\d+, which was imported/,
      )
    }
    const { db } = other.app.database
    await db.update(models).set({ updatePolicy: { everyLabels: 5 } })
    assert.deepEqual(await waitingUpdates(db), [], 'nor does it try to by itself')
    const made = await other.app.inject({
      method: 'POST',
      url: '/v1/datasets',
      payload: { name: 'more', rows },
    })
    assert.equal(made.statusCode, 201, made.body)
    const { status, body } = await plan({ type: 'evaluate', model: 'houses@1', dataset: 'more' })
    assert.equal(status, 200, JSON.stringify(body))
  })

  async function signedStatement(app: FastifyInstance) {
    const { body, statusCode } = await app.inject({
      method: 'POST',
      url: '/v1/jobs?dryRun=true',
      payload: { type: 'export', model: 'houses@1', format: 'bundle' },
    })
    assert.equal(statusCode, 200, body)
    const { artifacts, signer } = app
    const lookup = registryLookup({ db: app.database.db, artifacts, signer })
    const { statement, signature } = await lookup.statement('houses@1')
    return { statement: await artifacts.read(statement), signature: await artifacts.read(signature) }
  }
})

test('a bundle is packed as a zip alone', async () => {
  const { status, body } = await origin.request
    .post('/v1/models/houses/versions/1/exports')
    .send({ format: 'bundle', archive: 'tar.gz' })
  assert.deepEqual([status, body.errors[0].path], [422, 'archive'])
})
