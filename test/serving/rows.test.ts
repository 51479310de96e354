import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import test, { describe } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import { type Frame, frameReader, frameWriter } from '../../src/serving/frames.js'
import { decodeNumericAnswer, encodeNumericAnswer } from '../../src/serving/messages.js'
import { asBytes } from '../../src/serving/packed-numbers.js'
import { instanceReader } from '../../src/serving/read-instances.js'
import {
  decodeRows,
  encodeRows,
  mergeRows,
  sliceRows,
  toInstance,
  toTable,
} from '../../src/serving/row-batch.js'
import { grey } from '../datasets/images/archives.js'

const signature = {
  inputs: [
    { name: 'age', type: 'integer' as const },
    { name: 'job', type: 'category' as const },
    { name: 'member', type: 'boolean' as const },
    { name: '__proto__', type: 'number' as const },
  ],
  ignored: ['income', 'constructor'],
  target: 'income',
  classes: [],
}
const reader = instanceReader(signature)
const instance = (text: string): unknown => JSON.parse(text)
const first = instance('{"age": 39, "job": "clerk – ☕", "member": true, "__proto__": 1.5, "income": ">50K"}')
const second = instance('{"job": null, "__proto__": null, "age": null, "member": null}')

test('rows survive the wire and come out as columns', () => {
  const batch = decodeRows(encodeRows(reader.read([first, second])))
  const table = toTable([batch, reader.read([first])], reader.layout)
  assert.equal(table.rows, 3)
  assert.deepEqual(table.columns, [
    { kind: 'numeric', name: 'age', values: Float64Array.of(39, Number.NaN, 39) },
    { kind: 'numeric', name: 'member', values: Float64Array.of(1, Number.NaN, 1) },
    { kind: 'numeric', name: '__proto__', values: Float64Array.of(1.5, Number.NaN, 1.5) },
    { kind: 'text', name: 'job', codes: Int32Array.of(0, -1, 0), dictionary: ['clerk – ☕'] },
  ])
})

test('texts are read as datasets are: trimmed, and missing where a word says so', () => {
  const jobs = ['  clerk\t', 'NA', '', ' ? ', 'Na']
  const rows = jobs.map((job) => withPrototype({ ...Object(second), job }))
  const { text, textBytes } = reader.read(rows)
  assert.deepEqual([...textBytes], [5, -1, -1, -1, 2])
  assert.equal(Buffer.from(text).toString(), 'clerkNa')
})

test('a long text of spaces is read over once', () => {
  const job = `x${' '.repeat(1024 ** 2 - 2)}y`
  const { textBytes } = reader.read([withPrototype({ ...Object(second), job })])
  assert.deepEqual([...textBytes], [1024 ** 2])
})

/** Spreading loses a column of that name. */
const withPrototype = (row: object) =>
  Object.defineProperty({ ...row }, '__proto__', { value: null, enumerable: true })

test('a row of a batch is given back as the instance that it was', () => {
  const batch = reader.read([second, first])
  assert.deepEqual(reader.read([toInstance(batch, 1, reader.layout)]), reader.read([first]))
  assert.deepEqual(reader.read([toInstance(batch, 0, reader.layout)]), reader.read([second]))
})

describe('images travel as files', async () => {
  const small = await grey(9)
  const reader = instanceReader({
    inputs: [
      { name: 'photo', type: 'image' },
      { name: 'age', type: 'number' },
      { name: 'scan', type: 'image' },
    ],
    ignored: [],
    target: 'kind',
    classes: ['a', 'b'],
  })
  const text = small.toString('base64')
  const rows = [
    { photo: text, age: 1, scan: null },
    { photo: `data:image/png;base64,${text}`, age: null, scan: text.replace(/=+$/, '') },
  ]

  test('as base64, in a data URL or bare, with padding or without', () => {
    const batch = decodeRows(encodeRows(reader.read(rows)))
    const { columns } = toTable([batch, sliceRows(mergeRows([batch, batch]), 3, 4)], reader.layout)
    const files = columns.flatMap((column) => (column.kind === 'bytes' ? [column] : []))
    assert.deepEqual(
      files.map(({ name, values }) => [name, values.map((file) => file && Buffer.from(file))]),
      [
        ['photo', [small, small, small]],
        ['scan', [null, small, small]],
      ],
    )
    assert.deepEqual(reader.read([toInstance(batch, 1, reader.layout)]), reader.read([rows[1]]))
  })

  for (const [what, value, received] of [
    ['a text that is no base64', 'not base64!', '"not base64!"'],
    ['an empty text', '', '""'],
    [
      'bytes that are no image',
      Buffer.from('some text').toString('base64'),
      '9 bytes that begin with 0x736f6d65',
    ],
    [
      'an image whose header is cut',
      small.subarray(0, 12).toString('base64'),
      'a png file with a damaged header',
    ],
    ['a number', 7, '7'],
    ['nothing', undefined, 'nothing'],
  ] as const) {
    test(`${what} is refused by its place`, () => {
      assert.throws(
        () => reader.read([rows[0], { ...rows[0], photo: value }]),
        (error: FlywheelError) => {
          assert.deepEqual(
            error.errors.map((each) => [each.path, each.received]),
            [['instances[1].photo', received]],
          )
          return true
        },
      )
    })
  }
})

const refused: [string, unknown, string][] = [
  ['no list', { age: 1 }, 'instances'],
  ['an empty list', [], 'instances'],
  ['a list in the list', [[]], 'instances[0]'],
  ['null', [null], 'instances[0]'],
  [
    'a text of more than a mebibyte',
    [{ ...Object(first), job: 'é'.repeat(2 ** 19 + 1) }],
    'instances[0].job',
  ],
  ['a text in a numeric column', [first, { ...Object(first), age: '39' }], 'instances[1].age'],
  [
    'a number in a text column',
    [instance('{"age":1,"job":7,"member":false,"__proto__":1}')],
    'instances[0].job',
  ],
  ['a missing column', [instance('{"age":1,"job":"a","member":false}')], 'instances[0].__proto__'],
  [
    'an unknown column',
    [instance('{"age":1,"job":"a","member":0,"__proto__":1,"wage":1}')],
    'instances[0].wage',
  ],
  [
    'a number that is not finite',
    [instance('{"age":1e999,"job":"a","member":0,"__proto__":1}')],
    'instances[0].age',
  ],
]
for (const [what, instances, path] of refused) {
  test(`instances are refused for ${what}, by name`, () => {
    assert.throws(
      () => reader.read(instances),
      (error: unknown) =>
        error instanceof FlywheelError &&
        error.code === 'instances-invalid' &&
        error.errors.some((entry) => entry.path === path),
    )
  })
}

const columns = { inputs: [{ name: 'a', type: 'number' as const }], ignored: [], target: 'y', classes: [] }
for (const [what, values, bytesEach] of [
  ['bytes', [0, 7, 255], 1],
  ['small whole numbers', [0, -1, 256, 32_767], 2],
  ['single precision', [0.5, -0, Number.NaN, 65_536], 4],
  ['double precision', [0.1, 1, Number.NaN, 2 ** 53, -(2 ** 31)], 8],
] as const) {
  test(`numbers travel in the smallest type that holds them all: ${what}`, () => {
    const numbers = Float64Array.from(values)
    const empty = instanceReader(columns).read([{ a: 1 }])
    const bytes = encodeRows({ ...empty, rows: values.length, numbers }, { room: 3 })
    assert.equal(bytes.length, 3 + 16 + bytesEach * values.length)
    const back = decodeRows(bytes.subarray(3))
    assert.equal(back.rows, values.length)
    assert.equal(back.numbers.BYTES_PER_ELEMENT, bytesEach)
    assert.ok(values.every((value, at) => Object.is(back.numbers[at], value)))
  })
}

test('floats are bytes where each of them is one', () => {
  const all = Float32Array.from({ length: 700 }, (_, at) => at % 256)
  assert.deepEqual(Float32Array.from(asBytes(all) ?? []), all)
  for (const other of [-0, 256, -1, 0.5, 1 + 2 ** -20, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.equal(asBytes(Float32Array.of(1, other, 2)), null)
    assert.equal(asBytes(Float32Array.from([...all, other])), null)
  }
})

test('floats travel as they came, whatever they hold', () => {
  const numbers = Float32Array.of(1, -0, Number.NaN, 0.1)
  const bytes = encodeRows({ ...instanceReader(columns).read([{ a: 1 }]), rows: 4, numbers })
  assert.deepEqual(decodeRows(bytes).numbers, numbers)
})

for (const outputs of [Float32Array.of(0.1, 0.9, 0.6, 0.4), Float64Array.of(0.1, -2.5)]) {
  test(`an answer in numbers survives the wire at any place of memory: ${outputs.constructor.name}`, () => {
    const classes = outputs instanceof Float32Array ? Int32Array.of(1, 0) : null
    const times = { queueMs: 0.5, delayMs: 0.25, computeMs: 2, batchRows: 7 }
    const bytes = encodeNumericAnswer({ times, outputs, classes })
    for (const room of [0, 1, 4, 8]) {
      const moved = Buffer.concat([Buffer.alloc(room), bytes]).subarray(room)
      assert.deepEqual(decodeNumericAnswer(moved), { times, outputs, classes })
    }
  })
}

test('rows that were kept as doubles are read', () => {
  const [reader, bytes] = [instanceReader(columns), Buffer.alloc(16 + 16)]
  bytes.writeUInt32LE(2, 0)
  bytes.writeUInt32LE(2, 4)
  bytes.writeDoubleLE(1, 16)
  bytes.writeDoubleLE(255, 24)
  assert.deepEqual(decodeRows(bytes), reader.read([{ a: 1 }, { a: 255 }]))
})

test('cut rows are refused', () => {
  const bytes = encodeRows(reader.read([first]))
  assert.throws(() => decodeRows(bytes.subarray(0, bytes.length - 1)), RangeError)
  assert.throws(() => decodeRows(bytes.subarray(0, 3)), RangeError)
})

test('frames come out whole, however the stream is cut', async () => {
  const sent = [
    new Uint8Array(0),
    Uint8Array.of(7),
    new Uint8Array(5_000).fill(3),
    new Uint8Array(20_001).fill(4),
    Uint8Array.of(8),
  ]
  const socket = new PassThrough({ highWaterMark: 2 ** 20 })
  const write = frameWriter(socket)
  for (const [id, payload] of sent.entries()) {
    write({ kind: 2, id, payload })
    // Those of a turn go out together, at its end, unless they are many bytes.
    if (id === 2) assert.equal(socket.readableLength, 0)
    if (id === 3) assert.ok(socket.readableLength > 25_000)
  }
  await new Promise(setImmediate)
  const stream = socket.read() as Buffer
  for (const size of [1, 3, 16, 17, 4_096, stream.length]) {
    const frames: Frame[] = []
    const read = frameReader((frame) => frames.push({ ...frame, payload: Buffer.from(frame.payload) }))
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size))
    assert.deepEqual(
      frames.map(({ kind, id, payload }) => [kind, id, payload.toString('hex')]),
      sent.map((payload, id) => [2, id, Buffer.from(payload).toString('hex')]),
    )
  }
})

test('a length that can not be one breaks the stream', () => {
  assert.throws(() => frameReader(() => {})(Buffer.alloc(16, 0xff)), RangeError)
})
