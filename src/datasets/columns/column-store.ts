import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FlywheelError } from '../../contracts/errors.js'
import { isStorageFull } from '../../contracts/storage-full.js'
import type { Column } from '../../contracts/table.js'
import { newDoubles } from './doubles.js'
import { laterColumn, type ReadableColumn } from './later-column.js'
import { mergedCodes } from './merged-codes.js'
import { elementsOf, type Numbers, numbersOf, rowElements, withElements } from './row-numbers.js'

/** Columns of a job that stay in memory: a table of a million rows and 30 columns. */
const HELD_BYTES = 256 * 1024 ** 2

/** Memory that a table takes in a job: what the store holds, and copies of the one column that is looked at. */
export const tableBytes = ({ rows, columns }: { rows: number; columns: number }): number =>
  Math.min(HELD_BYTES, rows * columns * 8) + rows * 8 * COPIES
/** A column as it is read, the rows that are wanted, those that are known, and what becomes of them. */
const COPIES = 4

/** Rows that a column gathers before they are written. */
const BUFFERED_ROWS = 8192
/** What one call reads or writes at most; the system's own bound is 2 GiB. */
const CALL_BYTES = 2 ** 30

/**
 * Columns in memory as long as they fit, the others in a file that nobody else sees: its name is gone as soon as it is
 * open, so that nothing is left behind when the process is killed.
 */
export interface ColumnStore {
  /**
   * A column to be filled from its first row to its last.
   *
   * @param like kind, name and layout; its rows are not looked at
   */
  add(like: Column, rows: number): ColumnWriter
  /** Frees the file: its columns can not be read any more. */
  close(): void
}

export interface ColumnWriter {
  /** Appends rows. @throws FlywheelError storage-full */
  write(part: Column): void
  /** Complete when as many rows are written as it was made for. */
  readonly column: Column
}

/**
 * Opens a store; whoever does closes it.
 *
 * @param options.folder where the file is made when one is needed; made when it is missing
 * @param options.heldBytes columns of so many bytes together stay in memory
 */
export function openColumnStore({
  folder,
  heldBytes = HELD_BYTES,
}: {
  folder: string
  heldBytes?: number
}): ColumnStore {
  let free = heldBytes
  const file: OpenFile = { descriptor: null }
  let end = 0
  return {
    add(like, rows) {
      if (like.kind === 'bytes') return filesWriter(like.name, rows)
      const bytes = rows * rowElements(like) * numbersOf(like).BYTES_PER_ELEMENT
      if (bytes <= free) {
        free -= bytes
        return heldWriter(like, rows)
      }
      file.descriptor ??= openUnnamed(folder)
      const start = end
      end += bytes
      return fileWriter(like, { rows, file, start })
    },
    close() {
      if (file.descriptor !== null) closeSync(file.descriptor)
      file.descriptor = null
    },
  }
}

/** Lets work use a store, and closes it. */
export async function withColumnStore<Result>(
  folder: string,
  work: (store: ColumnStore) => Promise<Result>,
): Promise<Result> {
  const store = openColumnStore({ folder })
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

/** Keeps every column in memory: for tables that are known to be small. It needs no closing. */
export const memoryStore: ColumnStore = {
  add: (like, rows) => (like.kind === 'bytes' ? filesWriter(like.name, rows) : heldWriter(like, rows)),
  close: () => {},
}

function filesWriter(name: string, rows: number): ColumnWriter {
  const values: (Uint8Array | null)[] = []
  return {
    column: { kind: 'bytes', name, values },
    write(part) {
      if (part.kind !== 'bytes' || values.length + part.values.length > rows) throw mismatch(name)
      for (const value of part.values) values.push(value)
    },
  }
}

function heldWriter(like: ReadableColumn, rows: number): ColumnWriter {
  const all = new (numbersOf(like))(rows * rowElements(like))
  const merged = mergedCodes(like)
  let at = 0
  return {
    column: withElements(merged.like, all),
    write(part) {
      const values = elementsOf(merged.part(part))
      all.set(values, at)
      at += values.length
    },
  }
}

/** Rows `start` bytes into the file, one after the other. */
function fileWriter(
  like: ReadableColumn,
  { rows, file, start }: { rows: number; file: OpenFile; start: number },
): ColumnWriter {
  const ArrayType = numbersOf(like)
  const width = rowElements(like)
  const merged = mergedCodes(like)
  let buffer: Numbers | null = new ArrayType(Math.min(BUFFERED_ROWS, rows) * width)
  let [buffered, written] = [0, 0]
  const flush = (values: Numbers): void => {
    writeAll(file, values, start + written * ArrayType.BYTES_PER_ELEMENT)
    written += values.length
  }
  return {
    column: laterColumn(merged.like, {
      rows,
      read(from, to, doubles = newDoubles) {
        const values = like.kind === 'numeric' ? doubles(to - from) : new ArrayType((to - from) * width)
        readAll(file, values, start + from * width * ArrayType.BYTES_PER_ELEMENT)
        return withElements(merged.like, values)
      },
    }),
    write(part) {
      const values = elementsOf(merged.part(part))
      if (buffer === null || written + buffered + values.length > rows * width) throw mismatch(like.name)
      for (let from = 0; from < values.length; ) {
        const some = values.subarray(from, from + buffer.length - buffered)
        buffer.set(some, buffered)
        buffered += some.length
        from += some.length
        const isLast = written + buffered === rows * width
        if (buffered < buffer.length && !isLast) continue
        flush(buffer.subarray(0, buffered))
        buffered = 0
        if (isLast) buffer = null
        if (buffer === null) break
      }
    },
  }
}

const mismatch = (name: string): TypeError =>
  new TypeError(`the column ${name} was given rows that it has no place for`)

/** Its number may be another file's once it is closed. */
interface OpenFile {
  descriptor: number | null
}

function opened({ descriptor }: OpenFile): number {
  if (descriptor === null) throw new TypeError('the store of these columns is closed')
  return descriptor
}

function openUnnamed(folder: string): number {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `columns-${randomUUID()}`)
  const file = openSync(path, 'wx+', 0o600)
  rmSync(path)
  return file
}

const bytesOf = (values: Numbers): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

function readAll(file: OpenFile, values: Numbers, position: number): void {
  const bytes = bytesOf(values)
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(opened(file), bytes, at, Math.min(CALL_BYTES, bytes.length - at), position + at)
    if (count === 0) throw new RangeError('a column was read before it was complete')
    at += count
  }
}

function writeAll(file: OpenFile, values: Numbers, position: number): void {
  const bytes = bytesOf(values)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(opened(file), bytes, at, Math.min(CALL_BYTES, bytes.length - at), position + at)
    } catch (error) {
      if (!isStorageFull(error)) throw error
      throw new FlywheelError(
        'storage-full',
        'There is no space left for columns that do not fit in memory',
        { cause: error },
      )
    }
  }
}
