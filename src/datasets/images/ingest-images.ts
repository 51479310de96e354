import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatasetColumn, Finding, ValidationReport } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestCsv } from '../csv/ingest-csv.js'
import { columnId, literal, withDuckDb } from '../duckdb.js'
import { LIMITS } from '../limits.js'
import { withRowNames } from '../named-rows.js'
import { ingestNdjson } from '../ndjson/ingest-ndjson.js'
import { describeImages, imageFindings } from './image-findings.js'
import { ImageParts } from './image-parts.js'
import type { PictureSource } from './pictures.js'
import { storedImages } from './stored-images.js'
import { NUMBER_COLUMN, type PictureFacts, type Taken, takePictures } from './take-pictures.js'

/**
 * Reads images and what stands beside them into Parquet parts sized by bytes, the images first. Every image is decoded
 * once, so that no damaged one is met in training; it is stored as it came.
 *
 * @throws FlywheelError dataset-invalid for sources that can not be used, dataset-rows-invalid for damaged images
 */
export async function ingestImages(request: IngestRequest, source: PictureSource): Promise<Ingested> {
  const { folder, onInvalidRow, appendTo } = request
  const types = typesOf(source, request)
  const work = join(folder, 'images')
  await mkdir(work)
  return withDuckDb({ spillFolder: join(folder, 'spill-images'), threads: 1 }, async (connection) => {
    const stored = appendTo && (await storedImages(connection, { appendTo, source, folder: work }))
    const parts = new ImageParts(connection, work)
    const rowsPath = join(work, 'rows.text')
    const taken = await takePictures(source, { parts, rowsPath })
    refuseBadImages(taken, onInvalidRow)
    const output = join(work, 'rows.parquet')
    const { personalData = 'report' } = request
    const appended = stored ? { appendTo: stored.beside } : {}
    const table = { path: rowsPath, folder: work, output, onInvalidRow, types, personalData, ...appended }
    const beside = await withRowNames(
      () =>
        source.csv
          ? ingestCsv({ ...table, reading: { delimiter: source.csv.delimiter } })
          : ingestNdjson(table),
      (row) => taken.facts[row - 1]?.path,
    )
    refuseSameName(source, beside.columns)
    const isWhole = beside.rows === taken.facts.length
    const facts = isWhole ? taken.facts : await keptFacts(taken.facts)
    if (facts.every(({ digest }) => digest === null)) throw withoutImages()
    const all = [...(stored?.facts ?? []), ...facts]
    const column = describeImages(source.name, all)
    const [, ...others] = beside.columns
    return {
      rows: facts.length,
      columns: [column, ...others],
      report: {
        ...reportOf(taken, beside.report),
        findings: [
          ...imageFindings(column, { facts: all, passedOver: source.passedOver }),
          ...beside.report.findings.filter(isNews(source)),
        ],
      },
      parts: await parts.joinWith(output, { columns: beside.columns.length }),
    }

    async function keptFacts(all: readonly PictureFacts[]): Promise<PictureFacts[]> {
      const sql = `select ${columnId(0)}::double from read_parquet(${literal(output)})`
      const rows = (await connection.runAndReadAll(sql)).getRows()
      return rows.map(([number]) => all[number as number] as PictureFacts)
    }
  })
}

function reportOf(
  { facts, errors }: Taken,
  beside: ValidationReport,
): Pick<ValidationReport, 'rowsRead' | 'rowsKept' | 'rowsSkipped' | 'errors'> {
  return {
    rowsRead: facts.length + errors.rows,
    rowsKept: beside.rowsKept,
    rowsSkipped: errors.rows + beside.rowsSkipped,
    errors: [...errors.listed, ...beside.errors].slice(0, LIMITS.listedErrors),
  }
}

/** Rows differ by their images, and each file has its own name: neither says anything. */
const isNews =
  ({ fileColumn }: PictureSource) =>
  ({ code, column }: Finding): boolean =>
    column !== NUMBER_COLUMN &&
    code !== 'duplicate-rows' &&
    (column !== fileColumn || (code !== 'identifier' && code !== 'high-cardinality'))

function typesOf(source: PictureSource, { types: given }: IngestRequest): IngestRequest['types'] {
  const { [source.name]: own, ...others } = given
  if (own !== undefined && own !== 'image') {
    throw new FlywheelError('dataset-invalid', `types.${source.name}: expected image, received ${own}`, {
      remedy: 'Leave the column of the images out of types',
    })
  }
  return { ...source.types, ...others }
}

function refuseSameName({ name }: PictureSource, columns: readonly DatasetColumn[]): void {
  if (columns.every((column) => column.name !== name)) return
  throw new FlywheelError(
    'dataset-invalid',
    `The column ${name} stands beside the images, which have that name`,
    {
      remedy: `Rename it: the column ${name} will hold the images themselves`,
    },
  )
}

function refuseBadImages({ facts, errors }: Taken, onInvalidRow: 'reject' | 'skip'): void {
  const rows = facts.length
  if (rows === 0 && errors.rows === 0) throw withoutImages()
  if (errors.rows === 0 || (onInvalidRow === 'skip' && rows > 0)) return
  throw new FlywheelError(
    'dataset-rows-invalid',
    `${errors.rows} of ${rows + errors.rows} images could not be read${rows === 0 ? ': none is left' : ''}`,
    {
      errors: errors.listed,
      remedy: 'Mend or remove the images, or send onInvalidRow=skip to leave them out',
    },
  )
}

const withoutImages = (): FlywheelError =>
  new FlywheelError('dataset-invalid', 'The file holds no images', {
    remedy:
      'Pack the images as a plain zip or tar: <class>/<file>, or any folders with a manifest beside them',
  })
