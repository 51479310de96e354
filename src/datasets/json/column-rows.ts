import { FlywheelError, shown } from '../../contracts/errors.js'
import { checkColumnNames } from '../column-names.js'
import { LIMITS } from '../limits.js'
import type { RowFault, RowSource } from '../typed-rows/typed-row.js'
import { ArrayCursor } from './array-cursor.js'
import { ByteReader } from './byte-reader.js'
import { checkEnd, textStart, withJsonFile } from './json-file.js'
import { parseJson } from './parse-json.js'
import {
  afterSpace,
  COLON,
  COMMA,
  expectByte,
  LIST,
  malformed,
  OBJECT,
  OBJECT_END,
  QUOTE,
  received,
  scanValue,
} from './value-scanner.js'

const BUFFER_BYTES = 1024 ** 2
/** All columns are read side by side. */
const ALL_BUFFERS_BYTES = 32 * 1024 ** 2
const LEAST_BUFFER_BYTES = 4096

interface Column {
  readonly name: string
  readonly position: number
  readonly line: number
  readonly values: number
}

/**
 * The rows of an object whose values are lists, one for each column, of equal length.
 *
 * @throws FlywheelError dataset-invalid for another form
 */
export async function columnRows(path: string): Promise<RowSource> {
  const columns = await withJsonFile(path, findColumns)
  checkColumnNames(columns.map(({ name }) => name))
  checkLengths(columns)
  return {
    names: columns.map(({ name }) => name),
    close: () => {},
    walk: (onRow) =>
      withJsonFile(path, (file) => {
        const bufferBytes = Math.min(
          BUFFER_BYTES,
          Math.max(LEAST_BUFFER_BYTES, Math.floor(ALL_BUFFERS_BYTES / Math.max(1, columns.length))),
        )
        const cursors = columns.map(
          ({ position, line }) =>
            new ArrayCursor(new ByteReader(file, { position, line, bufferBytes }), {
              maxBytes: LIMITS.cellBytes * WRITTEN_BYTES,
            }),
        )
        const values = new Array<unknown>(columns.length)
        for (let row = 1; row <= (columns[0]?.values ?? 0); row++) {
          const faults = fill(values, { cursors, columns })
          onRow({ row, line: null, values, faults })
        }
      }),
  }
}

/** A byte of a text is written in six at most: \\u00e9. */
const WRITTEN_BYTES = 6

function findColumns(file: number): Column[] {
  const reader = new ByteReader(file, { position: textStart(file), bufferBytes: BUFFER_BYTES })
  const columns: Column[] = []
  expectByte(reader, OBJECT)
  if (afterSpace(reader) === OBJECT_END) reader.next()
  else
    do {
      columns.push(findColumn(reader))
      if (columns.length > LIMITS.columns) break
    } while (isFollowed(reader))
  if (columns.length <= LIMITS.columns) checkEnd(reader)
  return columns
}

function findColumn(reader: ByteReader): Column {
  if (afterSpace(reader) !== QUOTE)
    throw malformed(reader.line, 'a column’s name in quotes', received(reader))
  const { text } = scanValue(reader, { maxBytes: LIMITS.recordBytes })
  const name = nameOf(text, reader.line)
  expectByte(reader, COLON)
  const { line } = reader
  if (afterSpace(reader) !== LIST) {
    throw malformed(reader.line, `a list of the values of ${shown(name)}`, received(reader))
  }
  const { position } = reader
  const cursor = new ArrayCursor(reader, { maxBytes: LIMITS.recordBytes })
  let values = 0
  while (cursor.next() !== null) values++
  return { name, position, line, values }
}

function nameOf(text: string, line: number): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw malformed(line, 'a column’s name', shown(text.slice(0, 200)))
  }
}

/** Whether another column follows; takes what stands behind one. */
function isFollowed(reader: ByteReader): boolean {
  if (afterSpace(reader) === OBJECT_END) {
    reader.next()
    return false
  }
  expectByte(reader, COMMA)
  return true
}

function checkLengths(columns: readonly Column[]): void {
  const [first] = columns
  const other = columns.find(({ values }) => values !== first?.values)
  if (first === undefined || other === undefined) return
  const expected = `${first.values} values, as ${shown(first.name)} has`
  throw new FlywheelError(
    'dataset-invalid',
    `The column ${shown(other.name)} has ${other.values} values, and ${shown(first.name)} has ${first.values}`,
    {
      errors: [{ path: other.name, line: other.line, expected, received: `${other.values} values` }],
      remedy: 'Send lists of equal length, null for a missing value',
    },
  )
}

function fill(
  values: unknown[],
  { cursors, columns }: { cursors: readonly ArrayCursor[]; columns: readonly Column[] },
): RowFault[] | null {
  let faults: RowFault[] | null = null
  for (const [column, cursor] of cursors.entries()) {
    const value = cursor.next()
    const text = value?.text ?? ''
    values[column] = undefined
    try {
      if (value?.isTooLong) throw new SyntaxError()
      values[column] = parseJson(text)
    } catch {
      const expected = value?.isTooLong ? `at most ${LIMITS.cellBytes} bytes` : 'a JSON value'
      faults ??= []
      faults.push({ name: columns[column]?.name ?? '', expected, received: shown(text.slice(0, 200)) })
    }
  }
  return faults
}
