import type { Finding } from '../../contracts/dataset.js'
import { shown } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestTable } from '../ingest-table.js'
import { LIMITS } from '../limits.js'
import { ObjectColumns } from '../typed-rows/object-columns.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import { readLines } from './read-lines.js'

/** The column of texts that come without a name. */
export const TEXT_COLUMN = 'text'

/**
 * Plain text: each line is a row with the one column `text`; blank lines are passed over and counted.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full
 */
export async function ingestLines(request: IngestRequest): Promise<Ingested> {
  const columns = new ObjectColumns(request.appendTo?.columns.map(({ name }) => name))
  let blank = 0
  const source = {
    names: columns.names,
    close: () => columns.close(),
    async walk(onRow: Parameters<Parameters<typeof storeTypedRows>[1]['source']['walk']>[0]) {
      const counted = await readLines(request.path, ({ row, line, text, isTooLong }) => {
        if (isTooLong) onRow({ row, line, values: [], faults: [tooLong(text)] })
        else onRow({ row, line, faults: columns.place({ [TEXT_COLUMN]: text }), values: columns.values })
      })
      blank = counted.blank
    },
  }
  const types = { [TEXT_COLUMN]: 'text' as const, ...request.types }
  return ingestTable({ ...request, types }, (connection, given) =>
    storeTypedRows(connection, { request: given, source, findings: () => blankLines(blank) }),
  )
}

const tooLong = (text: string) => ({
  name: TEXT_COLUMN,
  expected: `at most ${LIMITS.cellBytes} bytes`,
  received: shown(text.trim().slice(0, 200)),
})

function blankLines(count: number): Finding[] {
  if (count === 0) return []
  return [
    {
      code: 'blank',
      detail: `${count} lines are empty or hold only spaces, and are no rows`,
      remedy: 'Nothing; a text of several lines is one row in CSV or NDJSON, or as a file of an archive',
    },
  ]
}
