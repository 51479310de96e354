import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { ModelManifest } from '../../src/contracts/model-manifest.js'
import { encodeModel } from '../../src/onnx/model-proto.js'
import { newSigningKey } from '../../src/registry/signing/ed25519.js'
import { integer, message, text } from '../../src/tensorflow/graph/protobuf.js'
import {
  filesOfBundle,
  packBundle,
  signerOf,
  statementOf,
  withFiles,
  withStatement,
} from '../support/bundles.js'
import { startApp } from './testing.js'

/** As another instance has exported it: later versions of Flywheel import it still. */
const bundle = readFileSync(new URL('../../../test/fixtures/bundles/houses-1-bundle.zip', import.meta.url))
const files = await filesOfBundle(bundle)
const { app, stop } = await startApp()
after(stop)

const onnxOf = ({ onnx }: ModelManifest): string => (onnx && 'sha256' in onnx ? onnx.sha256 : 'none')

const importInto = (to: FastifyInstance, payload: Buffer, headers: Record<string, string> = {}) =>
  to.inject({
    method: 'POST',
    url: '/v1/models/houses/import',
    payload,
    headers: { 'content-type': 'application/zip', ...headers },
  })

it('a bundle from before is imported', async () => {
  const { statusCode, body } = await importInto(app, bundle)
  assert.equal(statusCode, 201, body)
  const instances = [
    { size: 3, walls: 'wood' },
    { size: 70, walls: null },
  ]
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/models/houses/predict',
    payload: { instances },
  })
  assert.equal(answer.statusCode, 200, answer.body)
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
  /** The stored tensors and their bytes fit each other, but not the network. */
  function withFewerWeights() {
    const stored = manifest.weights ?? assert.fail('no weights')
    const [first, ...others] = stored.tensors
    assert.ok(first && stored.encoding === undefined)
    const bytes = (files.get(weights) as Buffer).subarray(4 * first.shape.reduce((a, b) => a * b, 1))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const fewer = { sha256, sizeBytes: bytes.length, tensors: others }
    return withFiles(files, {
      [weights]: bytes,
      'manifest.json': json({ ...manifest, weights: fewer }),
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
      'whose task has learnt nothing',
      packBundle(meant({ task: { ...manifest.task, state: null } })),
      /manifest\.json: The state of the task tabular-classification is not valid/,
    ],
    [
      'whose network has fewer weights than its family',
      packBundle(withFewerWeights()),
      /weights\.tensors: expected \d+, received \d+/,
    ],
    [
      'whose rows would take all memory',
      packBundle(meant({ shapes: { ...manifest.shapes, inputs: [{ name: 'features', shape: [2 ** 30] }] } })),
      /shapes\.inputs: expected 1 to 16777216 numbers in a row, received 1073741824/,
    ],
    [
      'whose network has no input',
      packBundle(meant({ shapes: { ...manifest.shapes, inputs: [] } })),
      /shapes\.inputs: expected 1 to 16777216 numbers in a row, received 0/,
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
      const { statusCode, body } = await importInto(app, payload)
      const problem = JSON.parse(body)
      assert.deepEqual([statusCode, problem.code], [422, 'bundle-invalid'], body)
      assert.match(problem.detail, detail)
    })
  }

  it('leaving no version, no blob and no temporary file', async () => {
    const { versions } = (await app.inject('/v1/models/houses')).json()
    assert.equal(versions.length, 1)
    const { artifactsFolder } = app.config
    assert.deepEqual(readdirSync(join(artifactsFolder, 'uploads')), [])
    const stored: string[] = []
    for await (const { sha256 } of app.artifacts.list()) stored.push(sha256)
    assert.deepEqual(stored.sort(), [...statement.files.map(({ sha256 }) => sha256)].sort())
  })
})

it('a version that an alias would name is loaded first: where it answers nothing the alias stays', async () => {
  const manifest: ModelManifest = JSON.parse(String(files.get('manifest.json')))
  const { onnx: _, ...withoutForm } = manifest
  // As many weights as there should be, but none has its place.
  const stored = manifest.weights ?? assert.fail('no weights')
  const tensors = stored.tensors.map((tensor) => ({ ...tensor, shape: [...tensor.shape].reverse() }))
  const wrong = { ...withoutForm, weights: { ...stored, tensors } }
  const used = statementOf(files).files.filter(({ name }) => !name.endsWith(onnxOf(manifest)))
  const kept = new Map([...files].filter(([name]) => !name.endsWith(onnxOf(manifest))))
  const payload = packBundle(
    withFiles(withStatement(kept, { ...statementOf(files), files: used }), {
      'manifest.json': Buffer.from(JSON.stringify(wrong)),
    }),
  )
  const importAs = (when: string) =>
    app.inject({
      method: 'POST',
      url: `/v1/models/huts/import?when=${when}`,
      payload,
      headers: { 'content-type': 'application/zip' },
    })
  const refused = await importAs('first')
  assert.deepEqual([refused.statusCode, refused.json().code], [422, 'bundle-invalid'], refused.body)
  assert.match(refused.json().detail, /expected a version that answers, received one that does not: /)
  assert.equal((await app.inject('/v1/models/huts')).statusCode, 404)
  assert.equal((await importAs('never')).statusCode, 201, 'no alias names it')
})

describe('who may import what', () => {
  const admin = 'a'.repeat(32)
  const withKey = (key: string) => ({ authorization: `Bearer ${key}` })

  async function trainKey(app: FastifyInstance): Promise<string> {
    const payload = { name: 'ci', scopes: ['train'] }
    return (await app.inject({ method: 'POST', url: '/v1/keys', payload, headers: withKey(admin) })).json()
      .key
  }

  it('an admin vouches for any instance; a key of the scope train for those that the setting names', async () => {
    const publicKey = signerOf(files)
    const [open, closed] = await Promise.all([
      startApp({ FLYWHEEL_ADMIN_KEY: admin }),
      startApp({
        FLYWHEEL_ADMIN_KEY: admin,
        FLYWHEEL_TRUSTED_KEYS: `${newSigningKey().publicKey},${publicKey}`,
      }),
    ])
    try {
      const outcome = async (app: FastifyInstance, key: string, payload: Buffer = bundle) => {
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
