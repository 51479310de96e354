import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path/posix'
import { FlywheelError, shown } from '../../contracts/errors.js'
import { readHeader } from '../csv/header.js'
import { formError } from '../csv/read-csv.js'
import { type CsvRecord, readRecords } from '../csv/read-records.js'
import { readJsonLines } from '../ndjson/read-lines.js'
import type { Unreadable } from './pictures.js'

/** A row of a manifest: the line as it is kept, and its cells. */
interface ManifestRow {
  readonly path: string
  readonly line: string
  readonly cells: Readonly<Record<string, unknown>>
  readonly problem: Unreadable | null
}

/** A table that names files of its archive. */
export interface Manifest {
  /** The manifest's own file. */
  readonly name: string
  readonly csv?: { readonly header: string; readonly delimiter: string }
  /** The column that names the files. */
  readonly column: string
  /** How many of its rows name a file that is there. */
  readonly found: number
  readonly rows: readonly (ManifestRow & {
    /** As the archive spells it; null where it has no such file. */
    readonly file: string | null
  })[]
}

/**
 * Reads a file of an archive as a manifest: CSV with a header, a JSON list of objects, or NDJSON, by its content.
 *
 * @param options.files the archive's names; a manifest names them from its own folder or from the archive's root
 * @param options.path where it may be written to, to be read like any table
 * @returns null when no column names any of the files
 */
export async function readManifest(
  { name, bytes }: { name: string; bytes: Buffer },
  { files, path }: { files: ReadonlySet<string>; path: string },
): Promise<Manifest | null> {
  const table = await readRows(bytes, path)
  if (table === null) return null
  const fileOf = (value: unknown): string | null => {
    if (typeof value !== 'string' || value === '') return null
    return [join(dirname(name), value), join(value)].find((candidate) => files.has(candidate)) ?? null
  }
  const counts = new Map<string, number>()
  for (const { cells } of table.rows) {
    for (const [column, value] of Object.entries(cells)) {
      if (fileOf(value) !== null) counts.set(column, (counts.get(column) ?? 0) + 1)
    }
  }
  const [best] = [...counts].sort(([, a], [, b]) => b - a)
  if (best === undefined) return null
  const [column, found] = best
  const rows = table.rows.map((row) => ({ ...row, file: fileOf(row.cells[column]) }))
  return { name, column, found, ...table, rows }
}

/** What is wrong with a row whose file is not there. */
export const withoutFile = ({ column }: Manifest, row: ManifestRow): Unreadable => ({
  expected: `a file of the archive in ${column}`,
  received: shown(row.cells[column] ?? null),
})

/** Null for what is no table. */
async function readRows(
  bytes: Buffer,
  path: string,
): Promise<(Pick<Manifest, 'csv'> & { rows: ManifestRow[] }) | null> {
  const start = bytes
    .toString('utf8', 0, 1024)
    .replace(/^\ufeff/, '')
    .trimStart()
  try {
    if (start.startsWith('[')) return { rows: listRows(bytes) }
    await writeFile(path, bytes)
    return start.startsWith('{') ? { rows: await lineRows(path) } : await csvRows(path)
  } catch (error) {
    if (error instanceof FlywheelError || error instanceof SyntaxError) return null
    throw error
  }
}

function listRows(bytes: Buffer): ManifestRow[] {
  const list = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')) as unknown[]
  return list.map((value, index) => jsonRow(value, { row: index + 1, line: JSON.stringify(value) }))
}

async function lineRows(path: string): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = []
  await readJsonLines(path, ({ row, value, text }) => {
    rows.push(jsonRow(value, { row, line: text.trim() }))
  })
  return rows
}

function jsonRow(value: unknown, { row, line }: { row: number; line: string }): ManifestRow {
  const path = `row ${row}`
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { path, line, cells: value as Record<string, unknown>, problem: null }
  }
  const problem = { expected: 'a JSON object', received: shown(line.slice(0, 200)) }
  return { path, line: '{}', cells: {}, problem }
}

async function csvRows(path: string): Promise<Pick<Manifest, 'csv'> & { rows: ManifestRow[] }> {
  const { names, ...form } = await readHeader(path)
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const csv = { header: names.map(quoted).join(form.delimiter), delimiter: form.delimiter }
  const rows: ManifestRow[] = []
  await readRecords({ path, columns: names.length, ...form }, (record) => {
    const { row, problem } = record
    const texts = problem === null ? cellsOf(record) : []
    rows.push({
      path: `row ${row}`,
      line: texts.map(({ raw }) => raw).join(form.delimiter),
      cells: Object.fromEntries(texts.map(({ text }, column) => [names[column] as string, text])),
      problem: problem === null ? null : formError(record, problem, names.length),
    })
  })
  return { csv, rows }
}

/** Each cell as it stands, with its quotes, and as text. */
function cellsOf({ bytes, cells }: CsvRecord): { raw: string; text: string }[] {
  return Array.from({ length: cells.cells }, (_, column) => {
    const inside = bytes.toString('utf8', cells.starts[column], cells.ends[column])
    const isQuoted = cells.quoted[column] === 1
    return {
      raw: isQuoted ? `"${inside}"` : inside,
      text: (isQuoted ? inside.replaceAll('""', '"') : inside).trim(),
    }
  })
}
