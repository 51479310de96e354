import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { FlywheelError } from '../../../src/contracts/errors.js'
import type { Ingested } from '../../../src/contracts/reader.js'
import { withDuckDb } from '../../../src/datasets/duckdb.js'
import { decodeImage, UnreadableImage } from '../../../src/datasets/images/decode-image.js'
import { imageComplaint } from '../../../src/datasets/images/image-header.js'
import { ReaderProcess } from '../../../src/datasets/process/reader-process.js'
import { packZip } from '../../../src/jobs/export/archives/zip.js'
import { randomNumbers } from '../../conformance/transform-samples.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { coloured, type Files, grey, idxOf, tarOf, zipOf } from './archives.js'

const ARCHIVES = 600
const IMAGES = 600
const SECONDS = 10
const folder = await temporaryFolder()
const random = randomNumbers(20_260_401)
const reader = new ReaderProcess(
  fileURLToPath(new URL('../../../src/workers/dataset-reader.js', import.meta.url)),
)
after(() => reader.kill())

const colour = { r: 200, g: 30, b: 90 }
const pictures: readonly Buffer[] = await Promise.all([
  grey(40, { first: 200 }),
  grey(7, { width: 40, height: 30, first: 1 }),
  ...(['png', 'jpeg', 'webp', 'gif', 'tiff'] as const).map((format) =>
    coloured(colour, { format, width: 30 }),
  ),
])
const folders: Files = pictures.map((bytes, at) => [`${at % 2}/${at}`, bytes])
const manifest: Files = [
  ...folders,
  ['manifest.csv', folders.map(([name], at) => `${name},${at}`).join('\n')],
]
const idx: Files = [
  ['images-idx3-ubyte', idxOf([3, 4, 4], new Uint8Array(48).fill(99))],
  ['labels-idx1-ubyte', idxOf([3], Uint8Array.of(1, 2, 3))],
]
const packed = (files: Files) => packZip(files.map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) })))
const archives: readonly Buffer[] = [
  zipOf(folders),
  packed(folders),
  tarOf(folders),
  gzipSync(tarOf(folders)),
  packed([['manifest.csv', 'file,size\n0/0,1\n1/1,2\n'], ...folders]),
  tarOf(manifest),
  packed(idx),
  idx[0]?.[1] as Buffer,
  await parquetOf(pictures),
]

async function parquetOf(files: readonly Buffer[]): Promise<Buffer> {
  const path = join(folder, 'images.parquet')
  const list = files.map((bytes, at) => `(unhex('${bytes.toString('hex')}'), ${at})`).join(', ')
  await withDuckDb({}, (connection) =>
    connection.run(`copy (from (values ${list}) t(image, label)) to '${path}' (format parquet)`),
  )
  const { readFile } = await import('node:fs/promises')
  return readFile(path)
}

const below = (limit: number): number => Math.floor(random() * limit)

/** Bytes that are others, missing, twice there, cut off or moved. */
function mutated(bytes: Buffer): Buffer {
  let changed: Buffer = Buffer.from(bytes)
  for (let left = 1 + below(4); left > 0; left--) {
    const [at, length] = [below(changed.length), 1 + below(Math.min(64, changed.length))]
    const kind = below(6)
    if (kind < 3)
      for (let i = at; i < Math.min(at + below(8) + 1, changed.length); i++) changed[i] = below(256)
    else if (kind === 3) changed = changed.subarray(0, Math.max(1, at))
    else if (kind === 4) changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + length)])
    else
      changed = Buffer.concat([
        changed.subarray(0, at),
        changed.subarray(below(changed.length)).subarray(0, length),
        changed.subarray(at),
      ])
    if (changed.length === 0) changed = Buffer.from([0])
  }
  return changed
}

let uploads = 0

/** What a reader's process says; null where it refuses the file. It neither ends nor hangs. */
async function taken(content: Buffer, onInvalidRow: 'reject' | 'skip'): Promise<Ingested | null> {
  const own = join(folder, `${uploads++}`)
  await mkdir(own)
  await writeFile(join(own, 'upload'), content)
  const started = performance.now()
  try {
    const request = {
      path: join(own, 'upload'),
      folder: own,
      output: join(own, 'part'),
      onInvalidRow,
      types: {},
    }
    return await reader.ask('ingest', request)
  } catch (error) {
    assert.ok(error instanceof FlywheelError, `${error}`)
    assert.match(error.code, /^(dataset-invalid|dataset-rows-invalid)$/, error.message)
    return null
  } finally {
    assert.ok(reader.isAlive, 'the process has ended')
    assert.ok(performance.now() - started < SECONDS * 1000, `${performance.now() - started} ms`)
    await rm(own, { recursive: true })
  }
}

const isCounted = ({ rows, report }: Ingested): boolean =>
  report.rowsKept === rows && report.rowsRead === report.rowsKept + report.rowsSkipped

test(`${ARCHIVES} mutated archives are refused or reported`, async (t) => {
  let [whole, refused] = [0, 0]
  for (let file = 0; file < ARCHIVES; file++) {
    const content = mutated(archives[file % archives.length] as Buffer)
    const ingested = await taken(content, file % 2 === 0 ? 'skip' : 'reject')
    if (ingested === null) refused++
    else {
      whole++
      assert.ok(isCounted(ingested), `file ${file}`)
    }
  }
  t.diagnostic(`${refused} refused, ${whole} taken in`)
  assert.ok(refused > 100 && whole > 10)
})

test(`${IMAGES} mutated images are refused or decoded`, async (t) => {
  let [whole, refused] = [0, 0]
  const form = { width: 16, height: 16, channels: 3, fit: 'cover', crop: 1 } as const
  for (let from = 0; from < IMAGES; from += 20) {
    const files = Array.from({ length: 20 }, (_, at): [string, Buffer] => [
      `a/${at}.img`,
      mutated(pictures[(from + at) % pictures.length] as Buffer),
    ])
    const ingested = await taken(zipOf([...files, ['a/whole', pictures[0] as Buffer]]), 'skip')
    assert.ok(ingested !== null && isCounted(ingested) && ingested.report.rowsRead === 21)
    refused += ingested.report.rowsSkipped
    // What was taken in is decoded in training and serving too.
    const named = new Set(ingested.report.errors.map(({ path }) => path))
    for (const [name, bytes] of files) {
      const decoded = imageComplaint(bytes) === null ? await decodeImage(bytes, form).catch(unreadable) : null
      assert.equal(decoded === null, named.has(name), name)
      if (decoded !== null) whole++
    }
  }
  t.diagnostic(`${refused} refused, ${whole} decoded`)
  assert.ok(refused > 100 && whole > 20)
})

function unreadable(error: unknown): null {
  if (error instanceof UnreadableImage) return null
  throw error
}
