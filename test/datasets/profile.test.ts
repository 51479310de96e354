import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { ingest } from '../../src/datasets/ingest.js'
import type { Correlations } from '../../src/datasets/profile/correlations.js'
import { histogramOf, quantilesOf } from '../../src/datasets/profile/distribution.js'
import { type ColumnProfile, profile } from '../../src/datasets/profile.js'
import { temporaryFolder } from '../support/temporary-folder.js'

let columns: Readonly<Record<string, ColumnProfile>>
let correlations: Correlations

before(async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'upload')
  const output = join(folder, 'part')
  // 1 to 100, every tenth left out of `gaps`.
  const lines = Array.from(
    { length: 100 },
    (_, n) => `${n + 1},${n % 10 ? n / 4 : ''},t${n % 12},${n < 30},,${n % 2 ? '' : '-'}1.5e308`,
  )
  await writeFile(path, `n,gaps,text,flag,empty,huge\n${lines.join('\n')}`)
  const request = { path, folder, output, format: 'csv', onInvalidRow: 'reject', types: {} } as const
  const ingested = await ingest(request)
  const parts = [{ sha256: '', rows: 100, sizeBytes: 1 }]
  const snapshot = { name: 'p', version: 1, rows: 100, columns: [...ingested.columns], parts }
  const figures = await profile({ snapshot, path: () => output, spillFolder: join(folder, 'spill') })
  columns = Object.fromEntries(figures.columns.map((column) => [column.name, column]))
  correlations = figures.correlations
})

test('numbers have moments, quantiles and a histogram', () => {
  const { count, missing, distinct, numbers, top } = columns.n as ColumnProfile
  assert.deepEqual([count, missing, distinct, top], [100, 0, 100, null])
  assert.deepEqual([numbers?.mean, numbers?.minimum, numbers?.maximum], [50.5, 1, 100])
  assert.ok(Math.abs((numbers?.deviation ?? 0) - 29.011491975882016) < 1e-9)
  assert.deepEqual(numbers?.quantiles, { p5: 5.95, p25: 25.75, p50: 50.5, p75: 75.25, p95: 95.05 })
  assert.deepEqual(numbers?.histogram.counts, new Array(20).fill(5))
})

test('missing values count as missing alone', () => {
  const { count, missing, numbers } = columns.gaps as ColumnProfile
  assert.deepEqual([count, missing, numbers?.minimum], [90, 10, 0.25])
  assert.equal(
    numbers?.histogram.counts.reduce((sum, rows) => sum + rows),
    90,
  )
})

test('texts and booleans have their most frequent values', () => {
  assert.deepEqual(columns.text?.top?.slice(0, 2), [
    { value: 't0', count: 9 },
    { value: 't1', count: 9 },
  ])
  assert.equal(columns.text?.top?.length, 10)
  assert.deepEqual(columns.flag?.top, [
    { value: false, count: 70 },
    { value: true, count: 30 },
  ])
})

test('an empty column has no figures', () => {
  const { count, missing, numbers, top } = columns.empty as ColumnProfile
  assert.deepEqual([count, missing, numbers, top], [0, 100, null, []])
})

test('numbers near the largest have moments too', () => {
  const { numbers } = columns.huge as ColumnProfile
  assert.deepEqual([numbers?.mean, numbers?.minimum, numbers?.maximum], [0, -1.5e308, 1.5e308])
  assert.ok(Math.abs((numbers?.deviation ?? 0) / 1.5e308 - Math.sqrt(100 / 99)) < 1e-12)
})

test('figures stay finite at the ends of what a double holds', () => {
  const values = Float64Array.of(-1.7e308, 0, 1.7e308)
  const { edges, counts } = histogramOf(values, { minimum: -1.7e308, maximum: 1.7e308 })
  assert.ok(edges.every(Number.isFinite))
  assert.equal(counts[0] === 1 && counts[10] === 1 && counts[19] === 1, true)
  assert.ok(Object.values(quantilesOf(values)).every(Number.isFinite))
  assert.deepEqual(histogramOf(Float64Array.of(3, 3), { minimum: 3, maximum: 3 }), {
    edges: [3, 3],
    counts: [2],
  })
})

test('columns that go together are told, the strongest first', () => {
  const { sampledRows, columns: compared, columnsLeftOut, pairs } = correlations
  assert.deepEqual([sampledRows, compared, columnsLeftOut], [100, 5, 1])
  assert.deepEqual(pairs[0]?.columns, ['n', 'gaps'])
  assert.deepEqual([pairs[0]?.measure, pairs[0]?.rows], ['pearson', 90])
  assert.ok((pairs[0]?.value ?? 0) > 0.999 && (pairs[0]?.spearman ?? 0) > 0.999)
  assert.ok(
    pairs.some(({ columns: [, second], measure }) => second === 'flag' && measure === 'correlation-ratio'),
  )
})
