import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { read, refusal } from './reading.js'

const text = 'Größe;Stück\n1,5;süß\n2;öde\n'
const latin1 = Buffer.from(text, 'latin1')
const wide = Buffer.from(text, 'utf16le')
const marked = (bytes: Buffer) => Buffer.concat([Buffer.from([0xff, 0xfe]), bytes])
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16()
const expected = { Größe: ['1,5', '2'], Stück: ['süß', 'öde'] }

describe('text', () => {
  const cases: readonly (readonly [what: string, file: Buffer, options: Parameters<typeof read>[1]])[] = [
    ['in UTF-8 with a byte order mark', Buffer.from(`\ufeff${text}`), {}],
    ['in UTF-8 that is named', Buffer.from(text), { reading: { encoding: 'UTF8' } }],
    ['in UTF-16 with a mark', marked(wide), {}],
    ['in big-endian UTF-16 with a mark', swapped(marked(wide)), {}],
    ['in UTF-16 without a mark', wide, {}],
    ['in big-endian UTF-16 without a mark', swapped(wide), {}],
    ['in UTF-16 that is named', swapped(marked(wide)), { reading: { encoding: 'utf-16' } }],
    ['in Windows-1252 that nobody named', latin1, {}],
    ['in Latin-1 that is named', latin1, { reading: { encoding: 'ISO-8859-1' } }],
    ['in Latin-1 by its content type', latin1, { charset: 'latin1' }],
    ['in UTF-16 whose content type says otherwise', marked(wide), { charset: 'utf-8' }],
  ]
  for (const [what, file, options] of cases) {
    test(`${what} is read`, async () => assert.deepEqual((await read(file, options)).values, expected))
  }

  test('of other alphabets is read when its encoding is named', async () => {
    const cyrillic = Buffer.from([0xe4, 0xe0, 0x0a, 0xed, 0xe5, 0xf2, 0x0a])
    const { values } = await read(cyrillic, { reading: { encoding: 'windows-1251' } })
    assert.deepEqual(values, { да: ['нет'] })
  })

  test('whose encoding is assumed has a finding that says so', async () => {
    const { report } = await read(latin1)
    assert.match(report.findings.find(({ code }) => code === 'encoding')?.detail ?? '', /Windows-1252/)
    assert.ok(!(await read(text)).report.findings.some(({ code }) => code === 'encoding'))
  })
})

describe('text is refused', () => {
  const cases: readonly (readonly [
    what: string,
    file: Buffer,
    options: Parameters<typeof read>[1],
    code: string,
    detail: RegExp,
  ])[] = [
    [
      'in an encoding that nobody knows',
      latin1,
      { reading: { encoding: 'x-none' } },
      'request-invalid',
      /encoding: expected an encoding/,
    ],
    [
      'in a charset that nobody knows',
      latin1,
      { charset: 'x-none' },
      'request-invalid',
      /charset: expected an encoding/,
    ],
    [
      'when it is not the UTF-8 that was named',
      latin1,
      { reading: { encoding: 'utf-8' } },
      'dataset-invalid',
      /Line 1 is not UTF-8/,
    ],
    [
      'when it is not the UTF-8 of its content type',
      latin1,
      { charset: 'utf-8' },
      'dataset-invalid',
      /Line 1 is not UTF-8/,
    ],
    [
      'when a character is none of the encoding',
      Buffer.from([0x61, 0x0a, 0x62, 0x0a, 0x81, 0x20, 0x0a]),
      { reading: { encoding: 'shift_jis' } },
      'dataset-invalid',
      /Line 3 is not shift_jis/,
    ],
    [
      'when long runs of its bytes are of another alphabet',
      Buffer.from([0x61, 0x0a, 0xed, 0xe5, 0xf2, 0xe8, 0x0a]),
      {},
      'dataset-invalid',
      /Line 2 is not UTF-8/,
    ],
  ]
  for (const [what, file, options, code, detail] of cases) {
    test(what, async () => {
      const error = await refusal(file, options)
      assert.equal(error.code, code)
      assert.match(error.message, detail)
    })
  }
})
