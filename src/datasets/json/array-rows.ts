import { shown } from '../../contracts/errors.js'
import { LIMITS } from '../limits.js'
import { ObjectColumns } from '../typed-rows/object-columns.js'
import type { RowFault, RowSource } from '../typed-rows/typed-row.js'
import { ArrayCursor } from './array-cursor.js'
import { ByteReader } from './byte-reader.js'
import { checkEnd, textStart, withJsonFile } from './json-file.js'
import { parseJson } from './parse-json.js'
import type { ScannedValue } from './value-scanner.js'

const BUFFER_BYTES = 1024 ** 2

/** The rows of a list of flat objects. @param known the columns of the dataset that rows are appended to */
export function arrayRows(path: string, known?: readonly string[]): RowSource {
  const columns = new ObjectColumns(known)
  const { names, values } = columns
  return {
    names,
    close: () => columns.close(),
    walk: (onRow) =>
      withJsonFile(path, (file) => {
        const reader = new ByteReader(file, { position: textStart(file), bufferBytes: BUFFER_BYTES })
        const cursor = new ArrayCursor(reader, { maxBytes: LIMITS.recordBytes })
        let row = 0
        for (let value = cursor.next(); value !== null; value = cursor.next()) {
          row++
          const faults = place(columns, value)
          onRow({ row, line: value.line, values: faults === null ? values : [], faults })
        }
        checkEnd(reader)
      }),
  }
}

function place(columns: ObjectColumns, { text, isTooLong }: ScannedValue): RowFault[] | null {
  if (isTooLong) {
    return [{ expected: `at most ${LIMITS.recordBytes} bytes`, received: shown(text.slice(0, 200)) }]
  }
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    return [{ expected: 'one JSON object', received: shown(text.slice(0, 200)) }]
  }
  return columns.place(value)
}
