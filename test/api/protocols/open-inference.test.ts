import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import supertest from 'supertest'
import { handMadeClasses, handMadeProbabilities } from '../../support/hand-made-model.js'
import { numberProbabilities, publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'

const { app, stop } = await startApp()
after(stop)
await publishProtocolModels(app)
const request = supertest(app.server)

type Json = Record<string, unknown>
const infer = (model: string, body: string | object) =>
  request.post(`/v2/models/${model}/infer`).send(body as object)
const features = (more: Json) => ({
  name: 'features',
  shape: [1, 2],
  datatype: 'FP32',
  data: [1, 2],
  ...more,
})
const near = (given: readonly number[], expected: readonly number[]) => {
  assert.equal(given.length, expected.length)
  for (const [at, value] of given.entries()) assert.ok(Math.abs(value - (expected[at] as number)) < 1e-6)
}

/** The body and the header of a request whose tensors are bytes. */
function binary(json: object, ...blobs: Buffer[]): [Buffer, string] {
  const head = Buffer.from(JSON.stringify(json))
  return [Buffer.concat([head, ...blobs]), String(head.length)]
}
const sendBinary = (model: string, [body, header]: [Buffer, string]) =>
  request
    .post(`/v2/models/${model}/infer`)
    .set('inference-header-content-length', header)
    .set('content-type', 'application/octet-stream')
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => done(null, Buffer.concat(chunks)))
    })
    .send(body)
const errorOf = (response: { body: unknown; ok: boolean }): string =>
  response.ok
    ? ''
    : Buffer.isBuffer(response.body)
      ? JSON.parse(response.body.toString()).error
      : (response.body as { error: string }).error

test('server, health and models tell what they are', async () => {
  assert.equal((await infer('sums', { inputs: [features({})] })).status, 200)
  assert.equal((await request.get('/v2')).body.name, 'flywheel')
  assert.deepEqual((await request.get('/v2/health/live')).body, { live: true })
  assert.deepEqual((await request.get('/v2/health/ready')).body, { live: true, ready: true })
  assert.deepEqual((await request.get('/v2/models/made/versions/1/ready')).body, {
    name: 'made',
    ready: true,
  })
  assert.deepEqual((await request.get('/v2/models/numbers')).body, {
    name: 'numbers',
    versions: ['1'],
    platform: 'flywheel',
    inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 2], properties: { columns: ['a', 'b'] } }],
    outputs: [
      { name: 'label', datatype: 'BYTES', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
    ],
  })
  const { inputs } = (await request.get('/v2/models/made/versions/champion')).body
  assert.deepEqual(
    inputs.map((input: Json) => [input.name, input.datatype, input.shape]),
    [
      ['a', 'FP32', [-1]],
      ['job', 'BYTES', [-1]],
    ],
  )
  assert.deepEqual((await request.get('/v2/models/sums')).body.outputs, [
    { name: 'value', datatype: 'FP32', shape: [-1] },
  ])
})

test('data may be flat or nested; the id comes back; NaN is a missing value', async () => {
  for (const data of ['[1,2,NaN,0.5]', '[[1,2],[NaN,0.5]]']) {
    const inputs = `[{"name":"features","shape":[2,2],"datatype":"FP32","data":${data}}]`
    const response = await infer('numbers', `{"id":"42","inputs":${inputs}}`).type('json')
    assert.equal(response.status, 200, response.text)
    const { model_name, model_version, id, outputs } = response.body
    assert.deepEqual([model_name, model_version, id], ['numbers', '1', '42'])
    assert.deepEqual([outputs[0].shape, outputs[0].data], [[2], ['10', '10']])
    near(outputs[1].data, [...numberProbabilities([1, 2]), ...numberProbabilities([0, 0.5])].slice(0, 6))
  }
})

test('a column is an input of its own where not all are numbers', async () => {
  const inputs = [
    { name: 'job', shape: [2, 1], datatype: 'BYTES', data: ['x', 'y'] },
    { name: 'a', shape: [2], datatype: 'INT64', data: [2, 1] },
  ]
  const { body } = await infer('made', { inputs, outputs: [{ name: 'probabilities' }] })
  assert.equal(body.outputs.length, 1)
  near(body.outputs[0].data, [
    ...handMadeProbabilities({ a: 2, job: 'x' }),
    ...handMadeProbabilities({ a: 1, job: 'y' }),
  ])
})

test('the model may be named again, as KServe’s client does', async () => {
  const named = { model_name: 'sums', model_version: '', inputs: [features({})] }
  assert.equal((await infer('sums', named)).status, 200)
  assert.equal((await infer('sums', { ...named, model_version: '1' })).status, 200)
  for (const other of [{ model_name: 'made' }, { model_version: '2' }, { model_version: 1 }]) {
    const { status, body } = await infer('sums', { ...named, ...other })
    assert.equal(status, 400)
    assert.match(body.error, /as the path names it/)
  }
})

test('the best classes come as texts', async () => {
  const outputs = [{ name: 'probabilities', parameters: { classification: 2 } }]
  const { body } = await infer('numbers', { inputs: [features({})], outputs })
  assert.deepEqual([body.outputs[0].datatype, body.outputs[0].shape], ['BYTES', [1, 2]])
  assert.match(body.outputs[0].data[1], /^0\.\d+:2:9$|^0\.\d+:1:10$/)
})

const numeric: [string, Buffer][] = [
  ['UINT8', Buffer.from(Uint8Array.of(1, 2))],
  ['UINT16', Buffer.from(Uint16Array.of(1, 2).buffer)],
  ['UINT32', Buffer.from(Uint32Array.of(1, 2).buffer)],
  ['UINT64', Buffer.from(BigUint64Array.of(1n, 2n).buffer)],
  ['INT8', Buffer.from(Int8Array.of(1, 2))],
  ['INT16', Buffer.from(Int16Array.of(1, 2).buffer)],
  ['INT32', Buffer.from(Int32Array.of(1, 2).buffer)],
  ['INT64', Buffer.from(BigInt64Array.of(1n, 2n).buffer)],
  ['FP16', Buffer.from(Uint16Array.of(0x3c00, 0x4000).buffer)],
  ['BF16', Buffer.from(Uint16Array.of(0x3f80, 0x4000).buffer)],
  ['FP32', Buffer.from(Float32Array.of(1, 2).buffer)],
  ['FP64', Buffer.from(Float64Array.of(1, 2).buffer)],
]
for (const [datatype, bytes] of numeric) {
  test(`${datatype} in binary, and binary outputs`, async () => {
    const { data: _, ...input } = features({ datatype, parameters: { binary_data_size: bytes.length } })
    const response = await sendBinary(
      'numbers',
      binary({ inputs: [input], parameters: { binary_data_output: true } }, bytes),
    )
    assert.equal(response.status, 200, errorOf(response))
    const jsonBytes = Number(response.headers['inference-header-content-length'])
    const { outputs } = JSON.parse(response.body.subarray(0, jsonBytes).toString())
    const [label, probabilities] = outputs.map(
      (output: { parameters: Json }) => output.parameters.binary_data_size,
    )
    const text = response.body.subarray(jsonBytes, jsonBytes + label)
    assert.equal(text.readUInt32LE(0), text.length - 4)
    assert.ok(handMadeClasses.includes(text.subarray(4).toString()))
    const floats = response.body.subarray(jsonBytes + label)
    assert.equal(floats.length, probabilities)
    near(
      [0, 4, 8].map((at) => floats.readFloatLE(at)),
      numberProbabilities([1, 2]),
    )
  })
}

test('the same JSON with other bytes behind it is another request, and is refused as one', async () => {
  const { data: _, ...input } = features({ parameters: { binary_data_size: 8 } })
  const ask = (...values: number[]) =>
    sendBinary('sums', binary({ inputs: [input] }, Buffer.from(Float32Array.from(values).buffer)))
  const answerOf = ({ body }: { body: Buffer }) => JSON.parse(body.toString()).outputs[0].data[0]
  const [first, second, again] = [await ask(1, 2), await ask(3, 4.5), await ask(1, 2)]
  assert.notEqual(answerOf(first), answerOf(second))
  assert.equal(answerOf(again), answerOf(first))
  assert.match(errorOf(await ask(1)), /4 bytes that are left/)
  assert.match(errorOf(await ask(1, 2, 3)), /8 bytes behind the JSON/)
  assert.match(errorOf(await ask(1, Number.NEGATIVE_INFINITY)), /a finite number/)
})

test('JSON and binary inputs may be mixed, and each output may have its own form', async () => {
  const job = Buffer.from([1, 0, 0, 0, 0x78])
  const inputs = [
    { name: 'job', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: job.length } },
    { name: 'a', shape: [1], datatype: 'FP64', data: [2] },
  ]
  const outputs = [{ name: 'probabilities' }, { name: 'label', parameters: { binary_data: true } }]
  const response = await sendBinary('made', binary({ inputs, outputs }, job))
  assert.equal(response.status, 200, errorOf(response))
  const jsonBytes = Number(response.headers['inference-header-content-length'])
  const [probabilities] = JSON.parse(response.body.subarray(0, jsonBytes).toString()).outputs
  near(probabilities.data, handMadeProbabilities({ a: 2, job: 'x' }))
  assert.equal(response.body.subarray(jsonBytes + 4).toString(), '9')
})

test('a body of bytes alone is the one input', async () => {
  const bytes = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)
  const response = await sendBinary('sums', [bytes, '0'])
  assert.equal(response.status, 200, errorOf(response))
  const floats = response.body.subarray(Number(response.headers['inference-header-content-length']))
  assert.deepEqual([floats.readFloatLE(0), floats.readFloatLE(4)], [5, 11])
  assert.match(errorOf(await sendBinary('sums', [bytes.subarray(0, 9), '0'])), /multiple of 8 bytes/)
  assert.match(errorOf(await sendBinary('made', [bytes, '0'])), /several inputs/)
})

test('compressed requests are taken, and bounded', async () => {
  const json = Buffer.from(JSON.stringify({ inputs: [features({})] }))
  const send = (encoding: string, body: Buffer) =>
    request
      .post('/v2/models/sums/infer')
      .set('content-encoding', encoding)
      .type('application/octet-stream')
      .send(body)
  assert.equal((await send('gzip', gzipSync(json))).status, 200)
  assert.equal((await send('deflate', deflateSync(json))).status, 200)
  assert.equal((await send('gzip', gzipSync(Buffer.alloc(64 * 1024 ** 2, ' ')))).status, 413)
  assert.match(errorOf(await send('gzip', json)), /not valid gzip/)
  assert.equal((await send('br', json)).status, 415)
})

describe('what is wrong is said in the protocol’s own words', () => {
  const refused: [string, object, RegExp][] = [
    [
      'an unknown input',
      { inputs: [features({ name: 'x' })] },
      /inputs\[0\]\.name: expected one of features/,
    ],
    ['no input', { inputs: [] }, /inputs: expected a list of tensors/],
    ['an input twice', { inputs: [features({}), features({})] }, /each input once/],
    ['an unknown type', { inputs: [features({ datatype: 'FP8' })] }, /expected one of BOOL, UINT8/],
    [
      'texts for numbers',
      { inputs: [features({ datatype: 'BYTES', data: ['1', '2'] })] },
      /FP32 for features/,
    ],
    ['booleans for numbers', { inputs: [features({ datatype: 'BOOL', data: [true, false] })] }, /FP32/],
    ['half floats in JSON', { inputs: [features({ datatype: 'FP16' })] }, /FP16 as binary data/],
    ['BF16 in JSON', { inputs: [features({ datatype: 'BF16' })] }, /BF16 as binary data/],
    ['too few elements', { inputs: [features({ data: [1] })] }, /2 elements, as the shape says, received 1/],
    [
      'a wrong nesting',
      { inputs: [features({ shape: [2, 2], data: [[1, 2], [3]] })] },
      /data\[1\]: expected 2/,
    ],
    ['a wrong width', { inputs: [features({ shape: [1, 3], data: [1, 2, 3] })] }, /expected \[-1,2\]/],
    ['a flat shape', { inputs: [features({ shape: [2] })] }, /expected \[-1,2\]/],
    ['no rows', { inputs: [features({ shape: [0, 2], data: [] })] }, /sizes of at least 1/],
    ['a huge shape', { inputs: [features({ shape: [2 ** 52, 2 ** 52] })] }, /a list of sizes/],
    [
      'a shape larger than the data',
      { inputs: [features({ shape: [2 ** 40, 2] })] },
      /elements, as the shape/,
    ],
    [
      'a fraction as integer',
      { inputs: [features({ datatype: 'INT32', data: [1.5, 2] })] },
      /data\[0\]: expected a whole/,
    ],
    ['an integer out of range', { inputs: [features({ datatype: 'UINT8', data: [1, 256] })] }, /data\[1\]/],
    ['a text among numbers', { inputs: [features({ data: [1, 'b'] })] }, /data\[1\]: expected a number/],
    [
      'an unknown output',
      { inputs: [features({})], outputs: [{ name: 'x' }] },
      /outputs\[0\]\.name: expected one of label/,
    ],
    ['an unknown member', { inputs: [features({})], input: 1 }, /input: expected no such member/],
    ['sequences', { inputs: [features({})], parameters: { sequence_id: 1 } }, /not supported/],
    [
      'binary data that is not there',
      { inputs: [features({ data: undefined, parameters: { binary_data_size: 8 } })] },
      /at most the 0 bytes/,
    ],
    ['data in two forms', { inputs: [features({ parameters: { binary_data_size: 0 } })] }, /no data beside/],
  ]
  for (const [what, body, message] of refused) {
    test(what, async () => {
      const response = await infer('numbers', body)
      assert.equal(response.status, 400)
      assert.deepEqual(Object.keys(response.body), ['error'])
      assert.match(response.body.error, message)
    })
  }

  const bytes = Buffer.from(Float32Array.of(1, 2).buffer)
  const { data: _, ...input } = features({ parameters: { binary_data_size: 8 } })
  const miscounted: [string, [Buffer, string], RegExp][] = [
    ['a header longer than the body', [bytes, '99'], /at most 8, the bytes of the body/],
    ['a header that is no number', [bytes, '-1'], /whole number/],
    ['bytes that no input has', binary({ inputs: [input] }, bytes, bytes), /8 bytes behind the JSON/],
    ['bytes that are cut', binary({ inputs: [input] }, bytes.subarray(1)), /7 bytes that are left/],
    [
      'a size that does not fit the shape',
      binary({ inputs: [{ ...input, shape: [2, 2] }] }, bytes),
      /16 bytes of FP32/,
    ],
    ['a shape of petabytes', binary({ inputs: [{ ...input, shape: [2 ** 48, 2] }] }, bytes), /bytes of FP32/],
    [
      'an infinite number',
      binary({ inputs: [input] }, Buffer.from(Float32Array.of(1, Infinity).buffer)),
      /row 0, b: expected a finite/,
    ],
  ]
  for (const [what, sent, message] of miscounted) {
    test(what, async () => {
      const response = await sendBinary('numbers', sent)
      assert.equal(response.status, 400)
      assert.match(errorOf(response), message)
    })
  }

  const texts = (job: Buffer, shape = [1]) =>
    binary(
      {
        inputs: [
          { name: 'job', shape, datatype: 'BYTES', parameters: { binary_data_size: job.length } },
          { name: 'a', shape, datatype: 'FP32', data: shape[0] === 1 ? [1] : [1, 2] },
        ],
      },
      job,
    )
  const texted: [string, [Buffer, string], RegExp][] = [
    ['a text that is cut', texts(Buffer.from([9, 0, 0, 0, 1])), /cut/],
    ['a length of gigabytes', texts(Buffer.from([255, 255, 255, 255, 1])), /cut/],
    ['too few texts', texts(Buffer.from([1, 0, 0, 0, 0x78]), [2]), /2 elements/],
    ['bytes that are no text', texts(Buffer.from([1, 0, 0, 0, 0xff])), /UTF-8/],
  ]
  for (const [what, sent, message] of texted) {
    test(what, async () => {
      const response = await sendBinary('made', sent)
      assert.equal(response.status, 400)
      assert.match(errorOf(response), message)
    })
  }

  test('models, versions, paths and methods that are not there', async () => {
    for (const path of ['/v2/models/nobody', '/v2/models/made/versions/7/ready', '/v2/nowhere']) {
      const response = await request.get(path)
      assert.equal(response.status, 404)
      assert.deepEqual(Object.keys(response.body), ['error'])
    }
    assert.equal((await request.get('/v2/models/made/infer')).status, 405)
    assert.match((await infer('made', '{"inputs":').type('json')).body.error, /not valid JSON/)
    assert.match((await infer('made', '').type('json')).body.error, /empty/)
  })
})

test('keys need the scope predict', async () => {
  const guarded = await startApp({ FLYWHEEL_ADMIN_KEY: 'k'.repeat(40) })
  const response = await supertest(guarded.app.server).get('/v2/health/live')
  assert.deepEqual([response.status, Object.keys(response.body)], [401, ['error']])
  const admin = { authorization: `Bearer ${'k'.repeat(40)}` }
  const made = await supertest(guarded.app.server)
    .post('/v1/keys')
    .set(admin)
    .send({ name: 'x', scopes: ['data'] })
  const refused = await supertest(guarded.app.server)
    .get('/v2')
    .set({ authorization: `Bearer ${made.body.key}` })
  assert.deepEqual([refused.status, Object.keys(refused.body)], [403, ['error']])
  await guarded.stop()
})

test('a problem on a path that TensorFlow Serving has, too, says it in its member as well', async () => {
  for (const path of ['/v1/models/nobody', '/v1/models/made/versions/7']) {
    const { body } = await request.get(path)
    assert.deepEqual([body.code, body.error], ['not-found', body.detail])
  }
})
