import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { FlywheelError } from '../../src/contracts/errors.js'
import type { Ingested } from '../../src/contracts/reader.js'
import { ReaderPool } from '../../src/datasets/process/reader-pool.js'
import { parquet } from '../support/parquet.js'
import { temporaryFolder } from '../support/temporary-folder.js'
import { workbookFiles, workbookOf } from '../support/workbook.js'
import { zstd } from '../support/zstd.js'
import { zipOf } from './images/archives.js'
import { mutated, randomNumbers } from './mutate.js'

/** Of each kind of file. */
const FILES = 125
const SLOWEST_MS = 20_000

const folder = await temporaryFolder()
const pool = new ReaderPool(fileURLToPath(new URL('../../src/workers/dataset-reader.js', import.meta.url)))
after(() => pool.close())

const rows = Array.from({ length: 60 }, (_, n) => ({
  n,
  x: n / 7,
  t: n % 3 ? `text ${n}` : 'ä, "b"',
  b: n % 2 === 0,
}))
const table = rows.map((row) => Object.values(row))
const csv = Buffer.from(
  `n,x,t,b\n${table.map((row) => row.map((cell) => JSON.stringify(cell).replaceAll('\\"', '""')).join()).join('\n')}\n`,
)
const json = Buffer.from(JSON.stringify(rows, null, 1))
const columns = { n: rows.map(({ n }) => n), t: rows.map(({ t }) => t) }
const ndjson = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
const workbook = workbookOf([Object.keys(rows[0] ?? {}), ...table], { isPacked: true })
const sheet = Buffer.from(
  `<sheetData>${table.map((row, n) => `<row r="${n + 1}">${row.map((cell) => `<c t="str"><v>${String(cell).replace('&', '')}</v></c>`).join('')}</row>`).join('')}</sheetData>`,
)
const small = await parquet(
  "select i as n, i / 7 as x, 't' || i % 9 as t, i % 2 = 0 as b from range(300) r(i)",
)
const packed = await parquet("select i as n, 't' || i as t from range(3000) r(i)", 'compression zstd')

/** How a mutated file of each kind is made. */
const kinds: Readonly<Record<string, (random: () => number) => Buffer>> = {
  csv: (random) => mutated(csv, random),
  json: (random) => mutated(random() < 0.6 ? json : Buffer.from(JSON.stringify(columns)), random),
  ndjson: (random) => mutated(ndjson, random),
  parquet: (random) => mutated(random() < 0.5 ? small : packed, random),
  gzip: (random) => mutated(gzipSync(csv), random),
  zstd: (random) => mutated(zstd(random() < 0.5 ? csv : gzipSync(csv)), random),
  excel: (random) => mutated(workbook, random),
  // Damaged before it is packed, so that no checksum tells.
  'sheet of excel': (random) => zipOf(workbookFiles(mutated(sheet, random).toString('latin1'))),
}

for (const [seed, [kind, make]] of Object.entries(kinds).entries()) {
  test(`${FILES} mutated files of ${kind} are refused or reported, and none ends or holds up a reader`, async (t) => {
    const random = randomNumbers(1000 + seed)
    const outcomes = new Map<string, number>()
    for (let file = 0; file < FILES; file++) {
      const bytes = make(random)
      const outcome = await take(bytes, { file, onInvalidRow: file % 2 ? 'skip' : 'reject' }).catch(
        async (error: unknown) => {
          await writeFile(join('/tmp', `mutated-${kind}-${file}`), bytes)
          throw error
        },
      )
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    t.diagnostic([...outcomes].map(([outcome, files]) => `${outcome}: ${files}`).join(', '))
  })
}

/** What became of a file. */
async function take(
  bytes: Buffer,
  { file, onInvalidRow }: { file: number; onInvalidRow: 'skip' | 'reject' },
): Promise<string> {
  const own = join(folder, String(file))
  await rm(own, { recursive: true, force: true })
  await mkdir(own)
  const path = join(own, 'upload')
  await writeFile(path, bytes)
  const request = { path, folder: own, output: join(own, 'part'), onInvalidRow, types: {} }
  const deadline = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`It took more than ${SLOWEST_MS} ms`)), SLOWEST_MS).unref()
  })
  const result = await Promise.race([pool.run('ingest', request), deadline]).catch((error: unknown) => error)
  if (result instanceof FlywheelError) {
    assert.match(result.code, /^dataset-(rows-)?invalid$/, result.message)
    return result.code
  }
  if (result instanceof Error) throw result
  const { rows, report } = result as Ingested
  assert.deepEqual([report.rowsKept, report.rowsRead - report.rowsSkipped], [rows, rows])
  return report.rowsSkipped > 0 ? 'rows skipped' : 'read'
}
