import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cell, cellOfText } from '../../src/datasets/cell-grammar.js'

const kinds: Readonly<Record<Exclude<keyof typeof Cell, 'list'>, readonly string[]>> = {
  blank: ['', ' ', '\t'],
  missing: ['NA', 'N/A', 'NaN', 'null', 'None', '?', '-', '  NA  '],
  boolean: ['true', 'True', 'TRUE', 'false', 'False', 'FALSE', ' true '],
  integer: ['0', '-0', '7', ' 7 ', '-12', '9007199254740991', '-9007199254740991'],
  wideInteger: ['9007199254740992', '12345678901234567890', '-9007199254740993'],
  number: ['0.5', '.5', '-.5', '5.', '1e5', '1E+5', '-1.5e-3', '0e0', '1e308', '1e-999', ' 2.5\t'],
  date: [
    '2020-01-31',
    ' 2020-01-31 ',
    '2020-01-31T12:30',
    '2020-01-31 12:30:15.25',
    '2020-01-31T12:30:15Z',
    '2020-01-31T12:30:15+02:00',
  ],
  vector: ['[1]', '[1,2.5, -3e2]', ' [1,2] ', '[ 1 , 2 ]'],
  text: [
    ...[
      '007',
      '00',
      '-01',
      '+5',
      '1_000',
      '1,5',
      '0x1F',
      'inf',
      'Infinity',
      '-Infinity',
      'nan',
      'NAN',
      '1e999',
    ],
    ...[
      '-1e999',
      '1e',
      'e5',
      '.',
      '-.',
      '--1',
      '1.2.3',
      '1 2',
      '5-',
      'yes',
      'no',
      'tRue',
      'na',
      'none',
      '2020-02-30',
      '2020-1-31',
      '31.01.2020',
      '2020-01',
      '[]',
      '[1,]',
      '[1,"a"]',
      '[1e999]',
    ],
    ...['١٢', '½', '\u00a05', `${'9'.repeat(400)}.5`],
  ],
}

for (const [kind, texts] of Object.entries(kinds) as [keyof typeof kinds, readonly string[]][]) {
  test(`a cell of kind ${kind} is told by its text`, () => {
    const found = texts.map((text) => [text, cellOfText(text)])
    assert.deepEqual(
      found,
      texts.map((text) => [text, Cell[kind]]),
    )
  })
}
