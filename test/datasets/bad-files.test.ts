import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { read, refusal, timedRefusal } from './reading.js'

type Case = readonly [what: string, content: string | Buffer, code: string, detail: RegExp]

const many = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`).join(',')
const halfLatin1 = Buffer.concat([
  Buffer.from('name,city\nAnaïs,Rome\n'),
  Buffer.from('Zoë,Köln\n', 'latin1'),
])

describe('a file is refused as a whole', () => {
  const cases: readonly Case[] = [
    ['when it is empty', '', 'dataset-invalid', /empty/],
    ['when it is only a byte order mark', '\ufeff', 'dataset-invalid', /empty/],
    ['when its first line is blank', '\na,b\n1,2\n', 'dataset-invalid', /first line is blank/],
    ['when it has only a header', 'a,b\n', 'dataset-invalid', /no rows/],
    ['when it has only a header without a newline', 'a,b', 'dataset-invalid', /no rows/],
    ['when only blank lines follow the header', 'a,b\n\n  \n', 'dataset-invalid', /no rows/],
    [
      'for two columns of one name',
      'a,b,a\n1,2,3\n',
      'dataset-invalid',
      /column 3.*another name than that of column 1.*"a"/,
    ],
    ['for names that differ by spaces alone', 'a, a\n1,2\n', 'dataset-invalid', /column 2/],
    [
      'for a column without a name',
      'a,,c\n1,2,3\n',
      'dataset-invalid',
      /column 2: expected a name, received ""/,
    ],
    [
      'for a column named __proto__',
      'a,__proto__\n1,2\n',
      'dataset-invalid',
      /column 2.*reserved.*__proto__/,
    ],
    [
      'when it is a page',
      '\n<!DOCTYPE html>\n<html>\n<p>Sign in</p>\n</html>\n',
      'dataset-invalid',
      /an HTML or XML document, which is not read/,
    ],
    ['when it is XML', '<?xml version="1.0"?>\n<rows/>\n', 'dataset-invalid', /an HTML or XML document/],
    [
      'when it is a pickle',
      Buffer.from('800495080000000000000094', 'hex'),
      'dataset-invalid',
      /a Python pickle, which is not read/,
    ],
    ['for a column named constructor', 'constructor\n1\n', 'dataset-invalid', /reserved/],
    [
      'for a name of 201 characters',
      `a,${'x'.repeat(201)}\n1,2\n`,
      'dataset-invalid',
      /at most 200 characters/,
    ],
    ['for a name with a newline', 'a,"b\nc"\n1,2\n', 'dataset-invalid', /control characters/],
    ['for 10,001 columns', `${many(10_001)}\n1\n`, 'dataset-invalid', /10001 columns; at most 10000/],
    ['for a header whose quote is open', 'a,"b\n1,2\n', 'dataset-invalid', /quote that is never closed/],
    [
      'when it is UTF-8 and Latin-1',
      halfLatin1,
      'dataset-invalid',
      /Line 3 is not UTF-8: it holds the bytes 0xeb/,
    ],
    [
      'when a character is cut off at its end',
      Buffer.from([0x61, 0x0a, 0xc3]),
      'dataset-invalid',
      /Line 2 is not UTF-8/,
    ],
  ]
  for (const [what, content, code, detail] of cases) {
    test(what, async () => {
      const error = await refusal(content)
      assert.equal(error.code, code)
      assert.match(error.message, detail)
    })
  }

  test('within a second for a million columns', async () => {
    for (const file of [`${many(1e6)}\n`, `a\n${many(1e6)}\n`, `"${many(1e6)}`]) {
      const { error, computedMs } = await timedRefusal(file)
      assert.match(error.message, /more than \d{6} columns; at most 10000|1 of 1 rows|no end within/)
      assert.ok(computedMs < 1000, `${computedMs} ms`)
    }
  })

  test('when types names a column that is not there', async () => {
    const { code, errors } = await refusal('a,b\n1,2\n', { types: { c: 'number' } })
    assert.equal(code, 'dataset-invalid')
    assert.deepEqual(errors, [{ path: 'types.c', expected: 'one of the columns a, b', received: '"c"' }])
  })

  test('with a hint when the header seems to be missing', async () => {
    assert.match((await refusal('5,0,0\n4,0,1\n')).remedy, /add a header line/)
  })
})

const numbers = (bad: string) => `n,t\n${Array.from({ length: 12 }, (_, n) => `${n},x`).join('\n')}\n${bad}\n`

describe('rows are refused by number and column', () => {
  const cases: readonly [what: string, content: string, path: string, expected: string, received: string][] =
    [
      ['for a cell too few', 'a,b\n1,2\n3\n', 'row 2', '2 cells', '1 in "3"'],
      ['for a cell too many', 'a,b\n1,2\n3,4,5\n', 'row 2', '2 cells', '3 in "3,4,5"'],
      ['for a delimiter at the end', 'a,b\n1,2,\n3,4\n', 'row 1', '2 cells', '3 in "1,2,"'],
      ['for a quote that is never closed', 'a,b\n1,2\n"3,4\n5,6\n', 'row 2', 'a closing quote', '"\\"3,4"'],
      [
        'for text after a quote',
        'a,b\n"1"x,2\n3,4\n',
        'row 1',
        'a delimiter after the closing quote',
        '"\\"1\\"x,2"',
      ],
      ['for a text among numbers', numbers('wide,x'), 'row 13, n', 'an integer', '"wide"'],
      ['for an overflow among numbers', numbers('1e999,x'), 'row 13, n', 'an integer', '"1e999"'],
      ['for Infinity among numbers', numbers('Infinity,x'), 'row 13, n', 'an integer', '"Infinity"'],
      ['counted without blank lines', numbers('\n\n\nwide,x'), 'row 13, n', 'an integer', '"wide"'],
      [
        'for a line of more than 4 MiB',
        `a,b\n${'x'.repeat(4_200_000)},2\n3,4\n`,
        'row 1',
        'at most 4194304 bytes',
        `"${'x'.repeat(78)}…`,
      ],
      [
        'for a cell of more than 1 MiB',
        `a,b\n${'x'.repeat(1_050_000)},2\n3,4\n`,
        'row 1, a',
        'at most 1048576 bytes',
        `"${'x'.repeat(78)}…`,
      ],
    ]
  for (const [what, content, path, expected, received] of cases) {
    test(what, async () => {
      const error = await refusal(content)
      assert.equal(error.code, 'dataset-rows-invalid')
      const found = error.errors.map(({ line: _, ...rest }) => rest)
      assert.deepEqual(found, [{ path, expected, received }])
    })
  }

  test('with the line of the file, which blank lines and quoted line ends count in', async () => {
    const { errors } = await refusal('a,b\r\n1,2\r\n\r\n"3\r\n",4\r\n5\r\n6,7,8\r\n')
    assert.deepEqual(
      errors.map(({ path, line }) => [path, line]),
      [
        ['row 3', 6],
        ['row 4', 7],
      ],
    )
  })

  test('against types that were given', async () => {
    const types = { a: 'integer', b: 'number', c: 'boolean' } as const
    const { errors } = await refusal('a,b,c\n1,2,true\n1.5,x,yes\n12345678901234567890,1e999,2\n', { types })
    assert.deepEqual(
      errors.map(({ path, expected, received }) => `${path}: ${expected}, ${received}`),
      [
        'row 2, a: an integer, "1.5"',
        'row 2, b: a number, "x"',
        'row 2, c: true or false, "yes"',
        'row 3, a: an integer, "12345678901234567890"',
        'row 3, b: a number, "1e999"',
        'row 3, c: true or false, "2"',
      ],
    )
  })

  test('the first hundred of them, all counted', async () => {
    const { message, errors } = await refusal(`a,b\n1,2\n${'3\n'.repeat(250)}`)
    assert.equal(message, '250 of 251 rows could not be read')
    assert.equal(errors.length, 100)
    assert.deepEqual(errors[99]?.path, 'row 101')
  })
})

describe('onInvalidRow=skip', () => {
  test('leaves bad rows out, counts and lists them', async () => {
    const text = 'a,b\n1,"x\ny"\n3\n"4"z,5\n6,w,7\n8, v \n"9,u\n10,t'
    const { values, report } = await read(text, { onInvalidRow: 'skip' })
    assert.deepEqual(values, { a: [1, 8, 10], b: ['x\ny', 'v', 't'] })
    assert.deepEqual([report.rowsRead, report.rowsKept, report.rowsSkipped], [7, 3, 4])
    assert.deepEqual(
      report.errors.map(({ path }) => path),
      ['row 2', 'row 3', 'row 4', 'row 6'],
    )
  })

  test('refuses a file of which no row is left', async () => {
    const error = await refusal('a,b\n1\n2\n', { onInvalidRow: 'skip' })
    assert.equal(error.code, 'dataset-rows-invalid')
    assert.match(error.message, /2 of 2 rows could not be read: none is left/)
  })

  test('goes on after a line that is too long', async () => {
    const text = `a,b\n1,2\n${'x'.repeat(9_000_000)}\n3,4\n`
    const { values, report } = await read(text, { onInvalidRow: 'skip' })
    assert.deepEqual(values, { a: [1, 3], b: [2, 4] })
    assert.equal(report.rowsSkipped, 1)
  })
})
