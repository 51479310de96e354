import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestTable } from '../ingest-table.js'
import { readableFile } from '../recognise.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import { arrayRows } from './array-rows.js'
import { columnRows } from './column-rows.js'
import { jsonFormOf } from './json-form.js'

export const ingestJson = (request: IngestRequest): Promise<Ingested> =>
  ingestTable(request, async (connection) => {
    const { path, appendTo } = request
    const { head } = await readableFile(path)
    const source =
      jsonFormOf(head) === 'array'
        ? arrayRows(
            path,
            appendTo?.columns.map(({ name }) => name),
          )
        : await columnRows(path)
    return storeTypedRows(connection, { request, source })
  })
