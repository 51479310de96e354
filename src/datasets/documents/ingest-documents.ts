import type { Finding } from '../../contracts/dataset.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import type { Archive } from '../images/archive.js'
import { folderLabel } from '../images/picture-files.js'
import { FILE_COLUMN } from '../images/pictures.js'
import { ingestTable } from '../ingest-table.js'
import { LIMITS } from '../limits.js'
import { TEXT_COLUMN } from '../lines/ingest-lines.js'
import { withRowNames } from '../named-rows.js'
import { storeTypedRows } from '../typed-rows/store-typed-rows.js'
import type { RowFault, RowSource } from '../typed-rows/typed-row.js'
import { decodeDocument } from './decode-document.js'
import type { TextFiles } from './text-archive.js'

/** The column of class folders' names. */
const LABEL_COLUMN = 'label'

/**
 * Each text file of an archive is a row: `text`, its folder's name as `label`, and its name as `file`. Files without a
 * character are rows whose text is missing.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full
 */
export async function ingestDocuments(
  request: IngestRequest,
  archive: Archive,
  files: TextFiles,
): Promise<Ingested> {
  const source = documents(archive, files)
  const types = {
    [TEXT_COLUMN]: 'text' as const,
    [FILE_COLUMN]: 'text' as const,
    ...(files.hasLabels ? { [LABEL_COLUMN]: 'category' as const } : {}),
    ...request.types,
  }
  const findings = () => [...otherFiles(archive, files), ...assumedEncoding(source.assumed)]
  const ingested = await withRowNames(
    () =>
      ingestTable({ ...request, types }, (connection, given) =>
        storeTypedRows(connection, { request: given, source, findings }),
      ),
    (row) => files.names[row - 1],
  )
  const { report } = ingested
  return { ...ingested, report: { ...report, findings: report.findings.filter(isNews) } }
}

/** That each file has a name of its own says nothing. */
const isNews = ({ code, column }: Finding): boolean =>
  column !== FILE_COLUMN || (code !== 'identifier' && code !== 'high-cardinality')

function documents(
  archive: Archive,
  { names, hasLabels }: TextFiles,
): RowSource & { readonly assumed: number } {
  const columns = [TEXT_COLUMN, ...(hasLabels ? [LABEL_COLUMN] : []), FILE_COLUMN]
  const wanted = new Set(names)
  let assumed = 0
  return {
    names: columns,
    get assumed() {
      return assumed
    },
    close() {},
    async walk(onRow) {
      let row = 0
      assumed = 0
      for await (const file of archive.files((name) => wanted.has(name))) {
        row++
        const read = 'failure' in file ? fault('a text', file.failure) : documentOf(file.bytes)
        const labels = hasLabels ? [folderLabel(file.name)] : []
        if ('expected' in read) {
          onRow({ row, line: null, values: [null, ...labels, file.name], faults: [read] })
          continue
        }
        if (read.isAssumed) assumed++
        onRow({ row, line: null, values: [read.text, ...labels, file.name], faults: null })
      }
    },
  }
}

function documentOf(bytes: Buffer): ReturnType<typeof decodeDocument> | RowFault {
  // UTF-16 takes two bytes for what UTF-8 may take three for.
  if (bytes.length > LIMITS.cellBytes) {
    return fault(`at most ${LIMITS.cellBytes} bytes`, `${bytes.length} bytes`)
  }
  return decodeDocument(bytes)
}

const fault = (expected: string, received: string): RowFault => ({ name: TEXT_COLUMN, expected, received })

const NAMED = 5

function otherFiles({ others: links }: Archive, { others }: TextFiles): Finding[] {
  const count = links + others.length
  if (count === 0) return []
  const names =
    others.length === 0 ? '' : `: ${others.slice(0, NAMED).join(', ')}${others.length > NAMED ? ', …' : ''}`
  return [
    {
      code: 'other-files',
      detail: `${count} files of the archive are none of its texts and were passed over${names}`,
      remedy: 'Nothing, or leave them out of the archive',
    },
  ]
}

function assumedEncoding(count: number): Finding[] {
  if (count === 0) return []
  return [
    {
      code: 'encoding',
      column: TEXT_COLUMN,
      detail: `${count} texts are not UTF-8; they were read as Windows-1252, which holds Latin-1`,
      remedy: 'If letters look wrong, write them again as UTF-8',
    },
  ]
}
