import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { encodeModel } from '../../src/onnx/model-proto.js'
import { models } from '../../src/registry/database/schema.js'
import { newSigningKey } from '../../src/registry/signing/ed25519.js'
import { waitingUpdates } from '../../src/registry/update-policies.js'
import { integer, message, text } from '../../src/tensorflow/graph/protobuf.js'
import { startApp } from '../api/testing.js'
import { filesOfBundle, packBundle, statementOf, withFiles, withStatement } from '../support/bundles.js'
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
const bundles = new Map<number, Buffer>()
for (const version of [1, 2, 3]) bundles.set(version, await exported(version))
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
    const blobs = await app.jobs.resolve({ type: 'export', model: 'houses@1', format: 'bundle' })
    const read = (role: string) => app.artifacts.read(blobs.resolved.blobs[role] as string)
    return { statement: await read('statement'), signature: await read('signature') }
  }
})

describe('a bundle is refused, and nothing of it stays', () => {
  const statement = statementOf(files)
  const manifest: ModelManifest = JSON.parse(String(files.get('manifest.json')))
  const report = JSON.parse(String(files.get('report.json')))
  const weights = `blobs/${manifest.weights?.sha256}`
  const onnx = manifest.onnx && 'sha256' in manifest.onnx ? manifest.onnx : assert.fail('no ONNX form')
  const json = (value: unknown) => Buffer.from(JSON.stringify(value))
  const without = (name: string) => new Map([...files].filter(([each]) => each !== name))
  const changedByte = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 100 ? byte ^ 1 : byte)))
  const changed = (name: string) => new Map(files).set(name, changedByte(files.get(name) as Buffer))
  const meant = (change: object) => withFiles(files, { 'manifest.json': json({ ...manifest, ...change }) })
  /** A bundle whose maker means it so, but for what a manifest with another ONNX form says. */
  const withForm = (form: Buffer) => {
    const sha256 = createHash('sha256').update(form).digest('hex')
    return withFiles(files, {
      [`blobs/${onnx.sha256}`]: form,
      'manifest.json': json({ ...manifest, onnx: { ...onnx, sha256, sizeBytes: form.length } }),
    })
  }
  const readingFiles = Buffer.concat([
    encodeModel({ nodes: [], initializers: [], inputs: [], outputs: [] }),
    ...message(
      7,
      message(5, [
        ...text(8, 'w'),
        ...message(13, [...text(1, 'location'), ...text(2, 'package.json')]),
        ...integer(14, 1),
      ]),
    ),
  ])

  const refused: [what: string, payload: Buffer, detail: RegExp][] = [
    ['that is empty', Buffer.alloc(0), /zip archive can not be read/],
    ['that is no zip', Buffer.from('no bundle'), /zip archive can not be read: it has no directory/],
    ['that is cut', bundle.subarray(0, bundle.length - 1_000), /zip archive can not be read/],
    [
      'that is another zip',
      packBundle(new Map([['a', Buffer.from('a')]])),
      /bundle\.json: expected a file, received none/,
    ],
    [
      'without a signature',
      packBundle(without('signature.json')),
      /signature\.json: expected a file, received none/,
    ],
    ['without a file', packBundle(without(weights)), /blobs\/\w+: expected a file, received none/],
    [
      'with one file more',
      packBundle(new Map(files).set('../evil', Buffer.from('x'))),
      /"\.\.\/evil": expected a file that bundle\.json names/,
    ],
    [
      'with a file twice',
      Buffer.from(
        packBundle(new Map(files).set('report.jsom', Buffer.from('x')))
          .toString('latin1')
          .replaceAll('report.jsom', 'report.json'),
        'latin1',
      ),
      /"report\.json": expected one such file, received two/,
    ],
    [
      'whose weights were changed',
      packBundle(changed(weights)),
      /blobs\/\w+: expected the sha256 \w+, received \w+/,
    ],
    [
      'whose manifest was changed',
      packBundle(changed('manifest.json')),
      /manifest\.json: expected the sha256/,
    ],
    [
      'whose statement was changed',
      packBundle(changed('bundle.json')),
      /signature\.json: expected a signature of bundle\.json/,
    ],
    [
      'whose statement was changed in its words',
      packBundle(
        new Map(files).set(
          'bundle.json',
          json({ ...statement, version: { ...statement.version, metrics: {} } }),
        ),
      ),
      /signature\.json: expected a signature of bundle\.json by the key/,
    ],
    [
      'of a later format',
      packBundle(withStatement(files, { ...statement, format: 2 })),
      /expected the format 1, received the format 2/,
    ],
    [
      'of another kind',
      packBundle(withStatement(files, { ...statement, kind: 'x' })),
      /bundle\.json\.kind: expected "flywheel-bundle"/,
    ],
    [
      'whose files have paths for names',
      packBundle(
        withStatement(files, {
          ...statement,
          files: [...statement.files, { name: '../x', sha256: '0'.repeat(64), sizeBytes: 1 }],
        }),
      ),
      /bundle\.json\.files\[\d+\]\.name: expected/,
    ],
    [
      'with a family that is not here',
      packBundle(meant({ family: { ...manifest.family, name: 'seer' } })),
      /family: expected a family that is here: .*, received "seer"/,
    ],
    [
      'with hyperparameters that can not be',
      packBundle(meant({ family: { name: 'mlp', hyperparameters: { hiddenUnits: ['many'] } } })),
      /family\.hyperparameters\.hiddenUnits\[0\]: expected an integer/,
    ],
    [
      'with a task that is not here',
      packBundle(meant({ task: { ...manifest.task, name: 'divination' } })),
      /needs the task divination, which is not there/,
    ],
    [
      'with a transform that is not here',
      packBundle(meant({ transforms: [{ ...manifest.transforms[0], name: 'guess' }] })),
      /transform guess/,
    ],
    [
      'whose manifest is none',
      packBundle(withFiles(files, { 'manifest.json': json({ format: 1 }) })),
      /manifest\.json: The model's manifest is not valid/,
    ],
    [
      'whose report is none',
      packBundle(withFiles(files, { 'report.json': json({ ...report, split: 1 }) })),
      /report\.json\.split: expected an object/,
    ],
    [
      'whose weights are of another size',
      packBundle(
        withFiles(files, {
          [weights]: Buffer.alloc(4),
          'manifest.json': json({
            ...manifest,
            weights: {
              ...manifest.weights,
              sha256: createHash('sha256').update(Buffer.alloc(4)).digest('hex'),
              sizeBytes: 4,
            },
          }),
        }),
      ),
      /weights: expected \d+ bytes of tensors, received 4 bytes/,
    ],
    [
      'whose weights are not there',
      packBundle(meant({ weights: { ...manifest.weights, sha256: 'f'.repeat(64) } })),
      /manifest\.json: weights: expected blobs\/f+ of \d+ bytes, received no such file/,
    ],
    [
      'whose weights would take all memory',
      packBundle(
        meant({ weights: { ...manifest.weights, encoding: { name: 'brotli', decodedBytes: 2 ** 50 } } }),
      ),
      /weights: expected \d+ bytes of tensors, received 1125899906842624 bytes/,
    ],
    [
      'whose ONNX form reads files',
      packBundle(withForm(readingFiles)),
      /onnx: expected an ONNX model that holds its own numbers, received one that would read files/,
    ],
    [
      'whose ONNX form is none',
      packBundle(withForm(Buffer.from('\x00\x00\x00\x00ORTM and more'))),
      /onnx: expected an ONNX model .*, received another file/,
    ],
  ]

  for (const [what, payload, detail] of refused) {
    it(what, async () => {
      const { statusCode, body } = await importInto(third.app, payload)
      const problem = JSON.parse(body)
      assert.deepEqual([statusCode, problem.code], [422, 'bundle-invalid'], body)
      assert.match(problem.detail, detail)
    })
  }

  it('leaving no version, no blob and no temporary file', async () => {
    const { versions } = await get(third.app, '/v1/models/houses')
    assert.equal(versions.length, 2)
    const { artifactsFolder } = third.app.config
    assert.deepEqual(readdirSync(join(artifactsFolder, 'uploads')), [])
    const stored: string[] = []
    for await (const { sha256 } of third.app.artifacts.list()) stored.push(sha256)
    assert.deepEqual(stored.sort(), [...statement.files.map(({ sha256 }) => sha256)].sort())
  })
})

describe('who may import what', () => {
  const admin = 'a'.repeat(32)
  const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

  async function trainKey(app: FastifyInstance): Promise<string> {
    const payload = { name: 'ci', scopes: ['train'] }
    return (await app.inject({ method: 'POST', url: '/v1/keys', payload, ...withKey(admin) })).json().key
  }

  it('an admin vouches for any instance; a key of the scope train for those that the setting names', async () => {
    const { publicKey } = await get(origin.app, '/v1/instance')
    const [open, closed] = await Promise.all([
      startApp({ FLYWHEEL_ADMIN_KEY: admin }),
      startApp({
        FLYWHEEL_ADMIN_KEY: admin,
        FLYWHEEL_TRUSTED_KEYS: `${newSigningKey().publicKey},${publicKey}`,
      }),
    ])
    try {
      const outcome = async (app: FastifyInstance, key: string, payload = bundle) => {
        const answer = await importInto(app, payload, withKey(key))
        return [answer.statusCode, answer.json().code]
      }
      const foreign = packBundle(withStatement(files, statementOf(files)))
      const [openKey, closedKey] = [await trainKey(open.app), await trainKey(closed.app)]
      assert.deepEqual(await outcome(open.app, openKey), [403, 'forbidden'])
      assert.deepEqual(await outcome(open.app, admin), [201, undefined])
      assert.deepEqual(await outcome(closed.app, closedKey), [201, undefined])
      assert.deepEqual(await outcome(closed.app, admin, foreign), [422, 'bundle-untrusted'])
    } finally {
      await Promise.all([open.stop(), closed.stop()])
    }
  })

  it('nobody imports more than may be uploaded, packed or unpacked', async () => {
    const unpacked = [...files.values()].reduce((sum, { length }) => sum + length, 0)
    const [narrow, wide] = await Promise.all(
      [bundle.length - 1, unpacked - 1].map((bytes) =>
        startApp({ FLYWHEEL_MAX_UPLOAD_BYTES: String(bytes) }),
      ),
    )
    try {
      const packed = await importInto(narrow?.app as FastifyInstance, bundle)
      assert.deepEqual([packed.statusCode, packed.json().code], [413, 'body-too-large'])
      const expanded = await importInto(wide?.app as FastifyInstance, bundle)
      assert.deepEqual([expanded.statusCode, expanded.json().code], [422, 'bundle-invalid'])
      assert.match(
        expanded.json().detail,
        /expected files of at most \d+ bytes \(FLYWHEEL_MAX_UPLOAD_BYTES\)/,
      )
    } finally {
      await Promise.all([narrow?.stop(), wide?.stop()])
    }
  })
})

test('a bundle is packed as a zip alone', async () => {
  const { status, body } = await origin.request
    .post('/v1/models/houses/versions/1/exports')
    .send({ format: 'bundle', archive: 'tar.gz' })
  assert.deepEqual([status, body.errors[0].path], [422, 'archive'])
})
