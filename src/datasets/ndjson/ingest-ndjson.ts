import { shown } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestTable } from '../ingest-table.js'
import { LIMITS } from '../limits.js'
import { ObjectColumns } from '../typed-rows/object-columns.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import type { Fault } from '../typed-rows/typed-cell.js'
import type { RowSource } from '../typed-rows/typed-row.js'
import { type JsonLine, readJsonLines } from './read-lines.js'

export const ingestNdjson = (request: IngestRequest): Promise<Ingested> =>
  ingestTable(request, (connection) => storeTypedRows(connection, { request, source: linesOf(request) }))

function linesOf({ path, appendTo }: IngestRequest): RowSource {
  const columns = new ObjectColumns(appendTo?.columns.map(({ name }) => name))
  const { names, values } = columns
  return {
    names,
    close: () => columns.close(),
    async walk(onRow) {
      await readJsonLines(path, (json) => {
        const { row, line } = json
        const fault = faultOf(json)
        const faults = fault === null ? columns.place(json.value) : [fault]
        onRow({ row, line, values: fault === null ? values : [], faults })
      })
    },
  }
}

function faultOf({ fault, text }: JsonLine): Fault | null {
  if (fault === null) return null
  const received = shown(text.trim().slice(0, 200))
  return fault === 'too-long'
    ? { expected: `at most ${LIMITS.recordBytes} bytes`, received }
    : { expected: 'one JSON object', received }
}
