import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FlywheelError } from '../../src/contracts/errors.js'
import { holdsNothing } from '../../src/datasets/cell-grammar.js'
import { cellText, readHeader } from '../../src/datasets/csv/header.js'
import { readRecords } from '../../src/datasets/csv/read-records.js'
import { randomNumbers } from './mutate.js'
import { read } from './reading.js'

const FILES = 500
const pieces = [
  ...[
    'a',
    '1',
    '0',
    '-',
    '.',
    'e',
    ',',
    ',',
    ',',
    '"',
    '""',
    '\n',
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\t',
    'NA',
    'NaN',
    ' NaN ',
  ],
  ...['true', '1e999', 'é', '"x"', '"x,y"', '" q "', ';', '5.0', '\\', "'", '#', 'null', '?', '007'],
]

test(`what is stored of ${FILES} random files is what the scanner has seen`, async () => {
  const random = randomNumbers(20_260_101)
  for (let file = 0; file < FILES; file++) {
    const text = `c1,c2\n${randomText(random)}`
    const expected = await scanned(text)
    const stored = await read(text, {
      types: { c1: 'text', c2: 'text' },
      reading: { delimiter: 'comma' },
      onInvalidRow: 'skip',
    }).then(
      ({ values }) => values,
      (error: unknown) => {
        assert.ok(error instanceof FlywheelError, `${JSON.stringify(text)}: ${error}`)
        assert.doesNotMatch(error.message, /more than one way/, JSON.stringify(text))
        return { c1: [], c2: [] }
      },
    )
    assert.deepEqual(stored, expected, JSON.stringify(text))
  }
})

function randomText(random: () => number): string {
  let text = ''
  for (let left = 1 + random() * 40; left > 0; left--) text += pieces[Math.floor(random() * pieces.length)]
  return text
}

async function scanned(text: string): Promise<Record<string, (string | null)[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-fuzz-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, text)
    const { names, ...header } = await readHeader(path, { delimiter: 'comma' })
    const values: Record<string, (string | null)[]> = { c1: [], c2: [] }
    await readRecords({ path, columns: names.length, ...header }, ({ bytes, cells, problem }) => {
      if (problem !== null) return
      for (const [column, name] of names.entries()) {
        const isMissing = holdsNothing(cells.kinds[column])
        values[name]?.push(isMissing ? null : cellText(bytes, { cells, column }))
      }
    })
    return values
  } finally {
    await rm(folder, { recursive: true })
  }
}
