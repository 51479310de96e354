import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatasetColumn, ValidationReport } from '../../src/contracts/dataset.js'
import type { FlywheelError } from '../../src/contracts/errors.js'
import type { IngestRequest } from '../../src/contracts/reader.js'
import type { Column } from '../../src/contracts/table.js'
import { ingest } from '../../src/datasets/ingest.js'
import { readTable } from '../../src/datasets/read-table.js'

export interface Reading {
  readonly rows: number
  readonly columns: readonly DatasetColumn[]
  readonly report: ValidationReport
  /** Values by column: numbers with NaN, texts with null for missing. */
  readonly values: Readonly<Record<string, readonly (number | string | readonly number[] | null)[]>>
  /** Files by column, null for missing. */
  readonly files: Readonly<Record<string, readonly (Buffer | null)[]>>
  /** Rows of each stored file. */
  readonly parts: readonly number[]
  /** Bytes of all stored files. */
  readonly stored: Buffer
}

type Options = Partial<
  Pick<
    IngestRequest,
    'format' | 'declared' | 'charset' | 'reading' | 'onInvalidRow' | 'types' | 'personalData'
  >
> & {
  /** A second file: the labels of IDX images. */
  readonly labels?: Buffer
}

/** Takes a file in as an upload does, and reads it back as training does. */
export async function read(content: string | Buffer, { labels, ...options }: Options = {}): Promise<Reading> {
  const folder = await mkdtemp(join(tmpdir(), 'flywheel-reading-'))
  try {
    const path = join(folder, 'upload')
    const output = join(folder, 'part')
    await writeFile(path, content)
    if (labels) await writeFile(`${path}-labels`, labels)
    const request = {
      path,
      folder,
      output,
      onInvalidRow: 'reject',
      types: {},
      ...options,
      ...(labels ? { labelsPath: `${path}-labels` } : {}),
    } as const
    const { rows, columns, report, parts: written } = await ingest(request)
    const parts = written.map((part) => ({ sha256: part.path, rows: part.rows, sizeBytes: 1 }))
    const snapshot = { name: 'test', version: 1, rows, columns: [...columns], parts }
    const table = await readTable({ snapshot, path: (sha256) => sha256 })
    const single = table.columns.filter((column) => column.kind !== 'bytes')
    const values = Object.fromEntries(single.map((column) => [column.name, valuesOf(column)]))
    const ofFiles = table.columns.filter((column) => column.kind === 'bytes')
    const files = Object.fromEntries(
      ofFiles.map((column) => [column.name, column.values.map((file) => file && Buffer.from(file))]),
    )
    const stored = Buffer.concat(await Promise.all(written.map((part) => readFile(part.path))))
    return { rows, columns, report, values, files, parts: parts.map((part) => part.rows), stored }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The error with which a file is refused. */
export async function refusal(content: string | Buffer, options: Options = {}): Promise<FlywheelError> {
  return read(content, options).then(
    () => Promise.reject(new Error('It was not refused')),
    (error: FlywheelError) => error,
  )
}

function valuesOf(column: Column): (number | string | readonly number[] | null)[] {
  if (column.kind === 'numeric') return [...column.values]
  if (column.kind === 'tensor') {
    const [size = 1] = column.shape
    const rows = column.values.length / size
    return Array.from({ length: rows }, (_, row) => [...column.values.subarray(row * size, (row + 1) * size)])
  }
  if (column.kind !== 'text') throw new TypeError(`${column.name} is ${column.kind}`)
  return [...column.codes].map((code) => (code === -1 ? null : (column.dictionary[code] as string)))
}

/** A refusal, and how long it took to compute: how busy the machine is does not count. */
export async function timedRefusal(
  content: string | Buffer,
  options: Options = {},
): Promise<{ error: FlywheelError; computedMs: number }> {
  const before = process.cpuUsage()
  const error = await refusal(content, options)
  const { user, system } = process.cpuUsage(before)
  return { error, computedMs: (user + system) / 1000 }
}
