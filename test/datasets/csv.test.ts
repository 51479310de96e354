import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { read, refusal } from './reading.js'

const typesOf = ({ columns }: { columns: readonly { name: string; type: string }[] }) =>
  Object.fromEntries(columns.map(({ name, type }) => [name, type]))

describe('a CSV file', () => {
  const expected = { a: [1, 3], b: ['x', 'y'] }
  const same: Readonly<Record<string, string>> = {
    'ends its lines with LF': 'a,b\n1,x\n3,y\n',
    'ends its lines with CRLF': 'a,b\r\n1,x\r\n3,y\r\n',
    'ends its lines with CR': 'a,b\r1,x\r3,y\r',
    'mixes its line ends': 'a,b\r\n1,x\n3,y\r\n',
    'has no final newline': 'a,b\n1,x\n3,y',
    'begins with a byte order mark': '\ufeffa,b\n1,x\n3,y\n',
    'has blank lines': 'a,b\n\n1,x\n  \n\n3,y\n\n',
    'quotes everything': '"a","b"\n"1","x"\n"3","y"\n',
    'has spaces around cells': 'a , b\n 1 ,x \n3, y\n',
    'has spaces around quotes': 'a,b\n1, "x" \n3 ,"y"\n',
    'has semicolons': 'a;b\n1;x\n3;y\n',
    'has tabs': 'a\tb\n1\tx\n3\ty\n',
    'has pipes': 'a|b\n1|x\n3|y\n',
  }
  for (const [what, text] of Object.entries(same)) {
    test(`that ${what} is read`, async () => {
      assert.deepEqual((await read(text)).values, expected)
    })
  }

  test('keeps commas, quotes and newlines inside quotes', async () => {
    const { values, rows } = await read('a,b\n"x, ""y""\nz",1\n"",2\n"\r\n",3\nplain "quotes" inside,4\n')
    assert.equal(rows, 4)
    assert.deepEqual(values, { a: ['x, "y"\nz', null, '\r\n', 'plain "quotes" inside'], b: [1, 2, 3, 4] })
  })

  test('has a delimiter that is given, whatever its header looks like', async () => {
    const { values } = await read('a,b;c\n1,5;2\n', { reading: { delimiter: 'semicolon' } })
    assert.deepEqual(Object.keys(values), ['a,b', 'c'])
  })

  test('has any character as its delimiter', async () => {
    for (const delimiter of ['pipe', ':', '\u0001', '~']) {
      const character = delimiter === 'pipe' ? '|' : delimiter
      const text = `a${character}b\n1${character}x\n3${character}"y"\n`
      assert.deepEqual((await read(text, { reading: { delimiter } })).values, expected, delimiter)
    }
  })

  test('has the delimiter that its first lines agree upon', async () => {
    const { values } = await read('price, net, EUR;size\n1;2\n3;4\n')
    assert.deepEqual(values, { 'price, net, EUR': [1, 3], size: [2, 4] })
  })

  test('may have thousands of columns of text', async () => {
    const cells = (value: (column: number) => string) =>
      Array.from({ length: 2000 }, (_, n) => value(n)).join(',')
    const file = `${cells((n) => `c${n}`)}\n${cells((n) => `a${n % 7}`)}\n${cells(() => 'b')}\n`
    const { rows, columns, values } = await read(file)
    assert.deepEqual([rows, columns.length, columns[1999]?.distinct], [2, 2000, 2])
    assert.deepEqual(values.c8, ['a1', 'b'])
  })

  test('may have no header', async () => {
    const named = { column_1: [1, 3], column_2: ['x', 'y'] }
    for (const text of ['1,x\n3,y\n', '\ufeff1,x\n3,y\n', '"1"\tx\r\n3\ty']) {
      assert.deepEqual((await read(text, { reading: { header: 'absent' } })).values, named)
    }
    const { errors } = await refusal('1,x\n3\n', { reading: { header: 'absent' } })
    assert.deepEqual([errors[0]?.path, errors[0]?.line], ['row 2', 2])
  })

  test('without a header may be large', async () => {
    const line = '1,a line long enough that so many of them are a large file\n'
    const { rows, values } = await read(line.repeat(300_000), { reading: { header: 'absent' } })
    assert.deepEqual([rows, values.column_1?.[0]], [300_000, 1])
  })

  test('may have decimal commas', async () => {
    const reading = { decimal: 'comma' } as const
    const { values, columns } = await read('a;b;c\n1,5;-2,5e3;1\n"2,25"; 0,5 ;x.y\n;NA;1,2,3\n', { reading })
    assert.deepEqual(values, {
      a: [1.5, 2.25, Number.NaN],
      b: [-2500, 0.5, Number.NaN],
      c: ['1', 'x.y', '1,2,3'],
    })
    assert.deepEqual([columns[0]?.type, columns[1]?.type], ['number', 'number'])
    const given = await read('a;b\n5,0;x\n', { reading, types: { a: 'integer' } })
    assert.deepEqual(given.values.a, [5])
  })

  test('keeps the order of its rows', async () => {
    const { values } = await read(`n,t\n${Array.from({ length: 5000 }, (_, n) => `${n},t${n}`).join('\n')}`)
    assert.ok(values.n?.every((value, row) => value === row && values.t?.[row] === `t${row}`))
  })

  test('may have one column', async () => {
    assert.deepEqual((await read('a\n1\n\n2\nNA\n""\n3')).values, { a: [1, 2, Number.NaN, Number.NaN, 3] })
  })

  test('may name columns by case, quotes, dots and words of SQL', async () => {
    const { values } = await read('A,a,"say ""hi""",a.b,select,toString,ä 😀\n1,2,3,4,5,6,7\n')
    assert.deepEqual(Object.keys(values), ['A', 'a', 'say "hi"', 'a.b', 'select', 'toString', 'ä 😀'])
  })
})

describe('types of columns', () => {
  test('follow from all values', async () => {
    const reading = await read(
      'integer,number,boolean,category,zip,wide,late\n' +
        '1,1,true,red,01234,9007199254740993,1\n-2,2.5,False,blue,90210,1,2\n3,1e3,TRUE,red,?,2,3\n,,,,,,x\n',
    )
    assert.deepEqual(typesOf(reading), {
      integer: 'integer',
      number: 'number',
      boolean: 'boolean',
      category: 'category',
      zip: 'category',
      wide: 'category',
      late: 'category',
    })
    const { integer, number, boolean, category, zip, wide } = reading.values
    assert.deepEqual(integer, [1, -2, 3, Number.NaN])
    assert.deepEqual(number, [1, 2.5, 1000, Number.NaN])
    assert.deepEqual(boolean, [1, 0, 1, Number.NaN])
    assert.deepEqual(category, ['red', 'blue', 'red', null])
    assert.deepEqual(zip, ['01234', '90210', null, null])
    assert.deepEqual(wide, ['9007199254740993', '1', '2', null])
  })

  test('come with counts of missing and different values', async () => {
    const { columns } = await read('a,b\n1,x\nNA,y\n 1 , ? \n2,-\n"N/A","None"\nnull,NaN\n')
    assert.deepEqual(
      columns.map(({ missing, distinct }) => [missing, distinct]),
      [
        [3, 2],
        [4, 2],
      ],
    )
  })

  test('can be given', async () => {
    const text = 'a,b,c,d\n1,1.0,1,x\n2,2,0,y\n'
    const types = { a: 'category', b: 'integer', c: 'boolean', d: 'text' } as const
    const reading = await read(text, { types })
    assert.deepEqual(typesOf(reading), types)
    assert.deepEqual(reading.values, { a: ['1', '2'], b: [1, 2], c: [1, 0], d: ['x', 'y'] })
  })

  test('never make Infinity of a number that is too large', async () => {
    const { columns, values } = await read('a\n1\n1e999\n')
    assert.equal(columns[0]?.type, 'category')
    assert.deepEqual(values.a, ['1', '1e999'])
  })

  test('tell categories from free text by their number of values', async () => {
    const lines = Array.from({ length: 100 }, (_, n) => `${n % 5},word ${n % 5},note ${n}`)
    const { columns } = await read(`n,few,many\n${lines.join('\n')}`)
    assert.deepEqual(
      columns.map(({ type }) => type),
      ['integer', 'category', 'text'],
    )
  })

  test('are those of an empty column, too', async () => {
    const { columns, report } = await read('a,b\n1,\n2,NA\n')
    assert.deepEqual(columns[1], { name: 'b', type: 'text', missing: 2, distinct: 0 })
    assert.ok(report.findings.some(({ code, column }) => code === 'empty' && column === 'b'))
  })
})

describe('findings', () => {
  const lines = Array.from(
    { length: 40 },
    (_, n) => `${1000 + n},7,${n % 3 ? '' : n},${n % 4 ? n : `n${n}`},${n % 7}.5`,
  )
  const text = `key,same,gaps,mixed,fine\n${lines.join('\n')}\n`

  test('name columns that deserve a look, and no others', async () => {
    const { report } = await read(text)
    const found = report.findings.map(({ column, code }) => `${column}: ${code}`)
    assert.deepEqual(found, [
      'key: identifier',
      'same: constant',
      'gaps: missing',
      'gaps: blank',
      'mixed: identifier',
      'mixed: mixed',
    ])
  })
})
