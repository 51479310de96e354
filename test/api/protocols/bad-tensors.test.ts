import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { type DataType, dataTypes } from '../../../src/api/protocols/tensors/data-types.js'
import { publishFlagged, publishProtocolModels } from '../../support/protocol-models.js'
import { startApp } from '../testing.js'

const { app, stop } = await startApp({ FLYWHEEL_INVOCATIONS_MODEL: 'sums' })
after(stop)
await publishProtocolModels(app)
await publishFlagged(app)

const widths: Readonly<Record<DataType, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
}
const isFloat = (type: DataType) => /^(FP|BF)/.test(type)
const isHalf = (type: DataType) => type === 'FP16' || type === 'BF16'
const numeric = dataTypes.filter((type) => type !== 'BOOL' && type !== 'BYTES')

/** Sends JSON as text, as NaN is no JSON; with bytes behind it where some are given. */
async function post(path: string, text: string, bytes?: Buffer) {
  const head = Buffer.from(text)
  const headers = bytes === undefined ? {} : { 'inference-header-content-length': String(head.length) }
  const payload = Buffer.concat([head, bytes ?? Buffer.alloc(0)])
  const type = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url: path, headers: { ...type, ...headers }, payload })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}

/** One tensor for `sums`, whose one input is FP32 [-1, 2]. */
const inJson = (datatype: string, data: string, shape = '[1,2]') =>
  post(
    '/v2/models/sums/infer',
    `{"inputs":[{"name":"features","shape":${shape},"datatype":"${datatype}","data":${data}}]}`,
  )
const inBytes = (datatype: string, bytes: Buffer, shape = '[1,2]', size = bytes.length) =>
  post(
    '/v2/models/sums/infer',
    `{"inputs":[{"name":"features","shape":${shape},"datatype":"${datatype}","parameters":{"binary_data_size":${size}}}]}`,
    bytes,
  )

async function refused(given: Promise<{ status: number; body: Record<string, unknown> }>, place: RegExp) {
  const { status, body } = await given
  assert.equal(status, 400, JSON.stringify(body))
  assert.deepEqual(Object.keys(body), ['error'])
  assert.match(String(body.error), place)
}

for (const datatype of numeric) {
  describe(`mistakes with ${datatype}`, () => {
    const bytes = Buffer.alloc(2 * widths[datatype])

    test('bytes that are too few or too many for the shape', async () => {
      const said = /^inputs\[0\]: expected \d+ bytes of/
      await refused(inBytes(datatype, bytes.subarray(1)), said)
      await refused(inBytes(datatype, Buffer.concat([bytes, Buffer.alloc(1)])), said)
      await refused(inBytes(datatype, bytes, '[2,2]'), said)
      await refused(inBytes(datatype, bytes, '[1,2]', bytes.length + 1), /binary_data_size: expected at most/)
      await refused(inBytes(datatype, bytes, '[1,2]', bytes.length - 1), said)
    })

    test('shapes that the model has not', async () => {
      for (const shape of ['[2]', '[2,1]', '[1,1,2]']) {
        await refused(inBytes(datatype, bytes, shape), /^inputs\[0\]\.shape: expected \[-1,2\]/)
      }
      for (const shape of [
        '[]',
        '[0,2]',
        '[-1,2]',
        '[1.5,2]',
        '["1",2]',
        'null',
        '2',
        '[NaN,2]',
        '[1e300,2]',
      ]) {
        await refused(inBytes(datatype, bytes, shape), /^inputs\[0\]\.shape: expected a list of sizes/)
      }
    })

    test('data in JSON of other counts, nesting or kinds', async () => {
      if (isHalf(datatype)) return refused(inJson(datatype, '[1,2]'), /as binary data/)
      for (const data of ['[1]', '[1,2,3]', '[[1,2],[1,2]]', '[[1],[2]]', '[[[1,2]]]', '[]']) {
        await refused(inJson(datatype, data), /^inputs\[0\]\.data/)
      }
      for (const data of ['"1,2"', 'null', '{"0":1,"1":2}', '7']) {
        await refused(inJson(datatype, data), /^inputs\[0\]\.data: expected a list of 2 elements/)
      }
      for (const element of ['"1"', 'true', '[1]', '{}', 'Infinity', '-Infinity', '1e999']) {
        await refused(inJson(datatype, `[1,${element}]`), /inputs\[0\]\.data\[1\]: expected/)
      }
    })

    test('NaN is missing in floating point, and no integer', async () => {
      if (isHalf(datatype)) return
      if (!isFloat(datatype))
        return refused(inJson(datatype, '[NaN,1]'), /data\[0\]: expected a whole number/)
      const { body } = await inJson(datatype, '[NaN,1]')
      assert.deepEqual((body.outputs as { data: number[] }[])[0]?.data, [2])
    })

    test('integers that it does not hold', async () => {
      if (isFloat(datatype)) return
      const isSigned = datatype.startsWith('INT')
      const bits = BigInt(widths[datatype] * 8)
      const most = isSigned ? 2n ** (bits - 1n) : 2n ** bits
      // The 64-bit ones are read as doubles: the next one that differs.
      const above = bits === 64n ? most * 2n : most
      const below = isSigned ? -above - (bits === 64n ? 0n : 1n) : -1n
      for (const value of [above, below, 0.5]) {
        await refused(inJson(datatype, `[0,${value}]`), /data\[1\]: expected a whole number/)
      }
    })
  })
}

describe('mistakes with numbers that no value has', () => {
  const infinities: [string, Buffer][] = [
    ['FP16', Buffer.from(Uint16Array.of(0x3c00, 0x7c00).buffer)],
    ['BF16', Buffer.from(Uint16Array.of(0x3f80, 0xff80).buffer)],
    ['FP32', Buffer.from(Float32Array.of(1, Number.POSITIVE_INFINITY).buffer)],
    ['FP64', Buffer.from(Float64Array.of(1, Number.NEGATIVE_INFINITY).buffer)],
  ]
  const nans: [string, Buffer][] = [
    ['FP16', Buffer.from(Uint16Array.of(0x3c00, 0x7e00).buffer)],
    ['BF16', Buffer.from(Uint16Array.of(0x3f80, 0x7fc0).buffer)],
    ['FP32', Buffer.from(Float32Array.of(1, Number.NaN).buffer)],
    ['FP64', Buffer.from(Float64Array.of(1, Number.NaN).buffer)],
  ]
  for (const [at, [datatype, infinite]] of infinities.entries()) {
    test(`${datatype} in bytes`, async () => {
      await refused(inBytes(datatype, infinite), /^inputs\[0\], row 0, b: expected a finite number/)
      const { status, body } = await inBytes(datatype, nans[at]?.[1] as Buffer)
      assert.equal(status, 200, JSON.stringify(body))
    })
  }
})

describe('mistakes with BOOL and BYTES', () => {
  const ask = (flag: string, more: { job?: string; bytes?: Buffer } = {}) => {
    const job = more.job ?? '{"name":"job","shape":[1],"datatype":"BYTES","data":["x"]}'
    const a = '{"name":"a","shape":[1],"datatype":"FP32","data":[1]}'
    return post('/v2/models/flagged/infer', `{"inputs":[${a},${job},${flag}]}`, more.bytes)
  }
  const flag = (data: string) => `{"name":"flag","shape":[1],"datatype":"BOOL","data":${data}}`
  const binaryFlag = '{"name":"flag","shape":[1],"datatype":"BOOL","parameters":{"binary_data_size":1}}'
  const binaryJob = (size: number) =>
    `{"name":"job","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":${size}}}`

  test('values that are no flags', async () => {
    assert.equal((await ask(flag('[true]'))).status, 200)
    for (const data of ['[1]', '["true"]', '[null]', '[NaN]']) {
      await refused(ask(flag(data)), /^inputs\[2\]\.data\[0\]: expected true or false/)
    }
    assert.equal((await ask(binaryFlag, { bytes: Buffer.from([1]) })).status, 200)
    await refused(
      ask(binaryFlag, { bytes: Buffer.from([2]) }),
      /^inputs\[2\], element 0: expected the byte 0 or 1/,
    )
  })

  test('values that are no texts', async () => {
    for (const value of ['1', 'true', '["x"]', '{}', 'NaN1']) {
      const job = `{"name":"job","shape":[1],"datatype":"BYTES","data":[${value}]}`
      const { status, body } = await ask(flag('[true]'), { job })
      assert.deepEqual([status, Object.keys(body)], [400, ['error']])
    }
  })

  test('lengths that lie, and bytes that are no UTF-8', async () => {
    const lies: [number[], RegExp][] = [
      [[0, 0, 0], /1 elements, each behind its length, received 3 bytes/],
      [[2, 0, 0, 0, 0x78], /cut/],
      [[255, 255, 255, 255, 0x78], /cut/],
      [[1, 0, 0, 0, 0x78, 0, 0, 0, 0], /received 2 elements/],
      [[1, 0, 0, 0, 0xff], /expected a text in UTF-8/],
    ]
    for (const [bytes, said] of lies) {
      const job = binaryJob(bytes.length)
      await refused(ask(flag('[true]'), { job, bytes: Buffer.from(bytes) }), said)
    }
  })

  test('types of other names, and rows of other counts', async () => {
    for (const datatype of ['fp32', 'STRING', 'float', '', 'TYPE_FP32', 'constructor']) {
      await refused(inJson(datatype, '[1,2]'), /^inputs\[0\]\.datatype: expected one of BOOL/)
    }
    const two = '{"name":"flag","shape":[2],"datatype":"BOOL","data":[true,false]}'
    await refused(ask(two), /rows/)
  })
})

describe('mistakes in rows have the protocol’s own body', () => {
  const values: [string, string][] = [
    ['a text', '"1"'],
    ['a flag', 'true'],
    ['an object', '{"x":1}'],
    ['a list of lists', '[[1]]'],
    ['an infinite number', '-Infinity'],
    ['a number that no double holds', '1e999'],
    ['bytes', '{"b64":"AAAA"}'],
  ]
  const forms: [string, (value: string) => string, string][] = [
    ['/v1/models/sums:predict', (value) => `{"instances":[{"a":${value},"b":1}]}`, 'error'],
    ['/v1/models/sums:predict', (value) => `{"instances":[[${value},1]]}`, 'error'],
    ['/v1/models/sums:predict', (value) => `{"inputs":{"a":[${value}],"b":[1]}}`, 'error'],
    ['/v1/models/sums:regress', (value) => `{"examples":[{"a":${value},"b":1}]}`, 'error'],
    ['/invocations', (value) => `{"dataframe_records":[{"a":${value},"b":1}]}`, 'error_code,message'],
    [
      '/invocations',
      (value) => `{"dataframe_split":{"columns":["a","b"],"data":[[${value},1]]}}`,
      'error_code,message',
    ],
    ['/endpoints/sums/invocations', (value) => `{"inputs":{"a":[${value}],"b":[1]}}`, 'error_code,message'],
  ]
  for (const [path, bodyOf, members] of forms) {
    test(`${path} ${bodyOf('…')}`, async () => {
      for (const [what, value] of values) {
        const { status, body } = await post(path, bodyOf(value))
        assert.equal(status, 400, `${what}: ${JSON.stringify(body)}`)
        assert.equal(Object.keys(body).join(), members)
        if (members !== 'error') assert.equal(body.error_code, 'BAD_REQUEST')
      }
      assert.equal((await post(path, bodyOf('NaN'))).status, 200)
      assert.equal((await post(path, bodyOf('null'))).status, 200)
    })
  }
})
