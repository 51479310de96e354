import assert from 'node:assert/strict'
import test from 'node:test'
import { parseJson } from '../../src/api/json-body.js'
import { instanceDecoder } from '../../src/serving/decoder/instance-decoder.js'
import { instanceReader } from '../../src/serving/read-instances.js'
import type { RowBatch } from '../../src/serving/row-batch.js'
import type { Signature } from '../../src/serving/signature.js'
import { type Random, randomBody, randomNumber, seeded } from './random-bodies.js'

const signature: Signature = {
  inputs: [
    { name: 'age', type: 'number' },
    { name: 'größe "m"', type: 'integer' },
    { name: 'member', type: 'boolean' },
    { name: 'since', type: 'date' },
    { name: 'job', type: 'category' },
    { name: 'code', type: 'identifier' },
    { name: 'tags', type: 'list' },
    { name: 'place', type: 'vector', length: 3 },
    { name: 'constructor', type: 'number' },
  ],
  ignored: ['income', 'toString'],
  target: 'income',
  classes: [],
}

/** As the predict route reads a body without the decoder. */
function read(body: Buffer, reader = instanceReader(signature)): RowBatch | null {
  try {
    const value = parseJson(body) as { instances?: unknown }
    if (Object.keys(value).join() !== 'instances') return null
    return reader.read(value.instances)
  } catch {
    return null
  }
}

/** Bit by bit: −0 is another number than 0. */
const bytesOf = ({ rows, numbers, text, textBytes, files, fileBytes }: RowBatch) =>
  [Uint32Array.of(rows), numbers, text, textBytes, files, fileBytes].map((part) =>
    Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('hex'),
  )

function compare(bodies: number, makeBody: (random: Random) => Buffer): { taken: number } {
  const random = seeded(7)
  const decoder = instanceDecoder(signature)
  let taken = 0
  for (let made = 0; made < bodies; made++) {
    const body = makeBody(random)
    const batch = decoder.decode(body)
    if (batch === null) continue
    taken += 1
    const expected = read(body)
    assert.ok(expected, `what is refused was taken: ${body}`)
    assert.deepEqual(bytesOf(batch), bytesOf(expected), `read otherwise: ${body}`)
  }
  return { taken }
}

test('what the decoder takes, JSON.parse and the reader give bit by bit: 8,000 bodies, valid ones and mutated ones', () => {
  const { taken } = compare(8_000, (random) => randomBody(signature, random))
  // As many as the mutations leave: a decoder that takes nothing is always right.
  assert.ok(taken > 2_000, `it took ${taken}`)
})

test('numbers in every spelling are the doubles of JSON.parse: 40,000 of them', () => {
  const random = seeded(11)
  const decoder = instanceDecoder({ inputs: [{ name: 'x', type: 'number' }] })
  for (let made = 0; made < 40_000; made++) {
    const text = randomNumber(random)
    const batch = decoder.decode(Buffer.from(`{"instances":[{"x":${text}}]}`))
    const expected = JSON.parse(text) as number
    if (!Number.isFinite(expected)) assert.equal(batch, null, text)
    else if (batch !== null) assert.ok(Object.is(batch.numbers[0], expected), `${text}: ${batch.numbers[0]}`)
    else assert.match(text, /e[-+]?\d{4,}$/i, `not taken: ${text}`)
  }
})

const noNumbers = [
  '01',
  '-',
  '+1',
  '.5',
  '1.',
  '1.e3',
  '1e',
  '1e+',
  '0x10',
  'NaN',
  'Infinity',
  '1e400',
  '--1',
  '1_0',
  '1 2',
]
test('what is no number of JSON, or none that a double holds, is left alone', () => {
  const decoder = instanceDecoder({ inputs: [{ name: 'x', type: 'number' }] })
  for (const text of noNumbers) {
    assert.equal(decoder.decode(Buffer.from(`{"instances":[{"x":${text}}]}`)), null, text)
  }
})

test('bodies that are cut anywhere are left alone, and read nothing behind their end', () => {
  const decoder = instanceDecoder(signature)
  const row =
    '{"age":1.5e2,"größe \\"m\\"":-0,"member":true,"since":"2024-05-31","job":"Ä","code":7,"tags":null,"place":[1,2,3],"constructor":4}'
  const whole = Buffer.from(`{"instances":[${row},${row}]}`)
  assert.equal(decoder.decode(whole)?.rows, 2)
  for (let end = 0; end < whole.length; end++) assert.equal(decoder.decode(whole.subarray(0, end)), null)
})

test('rows of numbers are read as JavaScript and Python write them, in either way among other ones', () => {
  const names = ['a', 'b "quoted"', 'c', 'd']
  const numbers = { inputs: names.map((name) => ({ name, type: 'number' as const })) }
  const decoder = instanceDecoder(numbers)
  const rows = [
    [1, 0.25, -3, 12_345_678_901_234_568],
    [0, 1e-7, Number.NaN, 255],
  ]
  for (const [comma, colon] of [
    [',', ':'],
    [', ', ': '],
    [' ,', ' : '],
    [',\n  ', ':'],
  ]) {
    const members = (row: readonly number[]) =>
      row.map((value, at) => `${JSON.stringify(names[at])}${colon}${JSON.stringify(value)}`).join(comma)
    const body = `{"instances":[${rows.map((row) => `{${members(row)}}`).join(comma)}]}`
    const batch = decoder.decode(Buffer.from(body))
    assert.deepEqual(batch?.numbers, Float64Array.from(rows.flat()), body)
    assert.deepEqual(batch, read(Buffer.from(body), instanceReader({ ...signature, ...numbers })))
  }
})

test('columns that are no features may stand anywhere, with single values', () => {
  const decoder = instanceDecoder({
    inputs: [
      { name: 'a', type: 'number' },
      { name: 'b', type: 'number' },
    ],
    ignored: ['other', 'text', '__proto__'],
  })
  const numbersOf = (row: string) => decoder.decode(Buffer.from(`{"instances":[${row}]}`))?.numbers ?? null
  const both = Float64Array.of(1, 2)
  assert.deepEqual(numbersOf('{"other":5,"a":1,"text":"x","b":2}'), both)
  assert.deepEqual(numbersOf('{"a":1, "b":2 , "other": null,"text" :true}'), both)
  assert.deepEqual(numbersOf('{"a":1,"other":5,"other":6,"b":2}'), both)
  for (const row of [
    '{"other":5,"a":1}',
    '{"a":1,"b":2,"unknown":3}',
    '{"a":1,"b":2,"other":[1]}',
    '{"a":1,"b":2,"other":1e999}',
    '{"a":1,"b":2,"other"}',
    '{"a":1,"b":2,"__proto__":1}',
    '{"a":1,"b":2,"a":1}',
    '{"a":1,"b":2,}',
    '{"other":5,}',
  ]) {
    assert.equal(numbersOf(row), null, row)
  }
})

test('requests share nothing: a batch stays as it is when the next one is read', () => {
  const decoder = instanceDecoder({ inputs: [{ name: 'x', type: 'number' }] })
  const first = decoder.decode(Buffer.from('{"instances":[{"x":1},{"x":2}]}'))
  decoder.decode(Buffer.from('{"instances":[{"x":3},{"x":4},{"x":5}]}'))
  assert.deepEqual(first?.numbers, Float64Array.of(1, 2))
})

test('missing vectors that would take more memory than a request may are refused, by their rows', () => {
  const wide = { inputs: [{ name: 'v', type: 'vector' as const, length: 65_536 }] }
  const body = Buffer.from(`{"instances":[${'{"v":null},'.repeat(999)}{"v":null}]}`)
  assert.equal(instanceDecoder(wide).decode(body), null)
  const reader = instanceReader({ ...wide, ignored: [], target: 'y', classes: [] })
  assert.throws(
    () => reader.read((parseJson(body) as { instances: unknown }).instances),
    /1000 rows, of which this version takes 256 at once/,
  )
})

test('another member of the body, a name that is refused and a column of that name are left to the parser', () => {
  const x = instanceDecoder({ inputs: [{ name: 'x', type: 'number' }] })
  const row = Buffer.from('{"dataframe_records":[{"x":1}]}')
  assert.equal(x.decode(row), null)
  assert.deepEqual(x.decode(row, 'dataframe_records')?.numbers, Float64Array.of(1))
  assert.equal(x.decode(Buffer.from('{"instances":[{"x":1}],"mode":1}')), null)
  const proto = instanceDecoder({ inputs: [{ name: '__proto__', type: 'number' }] })
  assert.equal(proto.decode(Buffer.from('{"instances":[{"__proto__":1}]}')), null)
})
