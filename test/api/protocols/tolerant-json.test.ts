import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTolerantJson } from '../../../src/api/protocols/tolerant-json.js'
import type { FlywheelError } from '../../../src/contracts/errors.js'

const parse = (text: string) => parseTolerantJson(Buffer.from(text))
const refused = (text: string, code: FlywheelError['code']) =>
  assert.throws(
    () => parse(text),
    (error: FlywheelError) => error.code === code,
  )

test('NaN outside of strings is null, wherever it stands', () => {
  assert.equal(parse('NaN'), null)
  assert.deepEqual(parse('[NaN,1,NaN]'), [null, 1, null])
  assert.deepEqual(parse('{"NaN":NaN , "b":"NaN \\"NaN\\" Infinity\\\\","ü":NaN}'), {
    NaN: null,
    b: 'NaN "NaN" Infinity\\',
    ü: null,
  })
  assert.deepEqual(parse(`[${'NaN,'.repeat(100_000)}NaN]`), new Array(100_001).fill(null))
})

test('infinite numbers are refused as such, other words as no JSON', () => {
  for (const text of ['[Infinity]', '[-Infinity]', '{"a":[1,Infinity]}']) refused(text, 'request-invalid')
  for (const text of [
    '[NaN1]',
    '[xNaN]',
    '[_NaN]',
    '[NaNNaN]',
    '[1Infinity]',
    '[-NaN]',
    '[Nan]',
    'Na',
    '"NaN',
  ]) {
    refused(text, 'body-malformed')
  }
})

test('a string with NaN in it may be as long as a body', () => {
  const base64 = `NaN${'A'.repeat(9 * 1024 ** 2)}`
  assert.deepEqual(parse(`{"b64":"${base64}","a":NaN}`), { b64: base64, a: null })
})

test('quotes that are never closed are read over once: 4 MB are refused before anybody notices', () => {
  refused(`NaN"${'\\"'.repeat(2 * 1024 ** 2)}`, 'body-malformed')
  refused(`NaN${'"\\'.repeat(2 * 1024 ** 2)}`, 'body-malformed')
})
