import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DuckDBBlobValue, DuckDBConnection } from '@duckdb/node-api'
import type { DatasetColumn } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { IngestRequest } from '../../contracts/reader.js'
import { columnId, literal, parquetFiles } from '../duckdb.js'
import { readImageHeader } from './image-header.js'
import type { PictureSource } from './pictures.js'
import { NUMBER_COLUMN, type PictureFacts } from './take-pictures.js'

/** A dataset of images that more are appended to. */
export interface StoredImages {
  /** Of all its images, in their order. */
  readonly facts: readonly PictureFacts[]
  /** Its other columns, which those beside the new images are appended to: their number stands first, as it does there. */
  readonly beside: NonNullable<IngestRequest['appendTo']>
}

const LABEL_COLUMN = 'label'

/**
 * Looks at the images of a dataset and sets its other columns apart, in a file of the folder.
 *
 * @throws FlywheelError dataset-invalid when it does not hold such images
 */
export async function storedImages(
  connection: DuckDBConnection,
  {
    appendTo,
    source,
    folder,
  }: { appendTo: NonNullable<IngestRequest['appendTo']>; source: PictureSource; folder: string },
): Promise<StoredImages> {
  const [images, ...others] = appendTo.columns
  checkColumn(images, source)
  const from = parquetFiles(appendTo.paths)
  const path = join(folder, 'stored-beside.parquet')
  const own = others.map((_, index) => columnId(index + 1))
  await connection.run(
    `copy (select ${['-row_number() over () as c0', ...own].join(', ')} from ${from}) to ${literal(path)} (format parquet)`,
  )
  const label = others.findIndex(({ name, type }) => name === LABEL_COLUMN && type === 'category')
  const facts = await factsOf(connection, { from, images, label: own[label] })
  const number: DatasetColumn = { name: NUMBER_COLUMN, type: 'integer', missing: 0, distinct: appendTo.rows }
  return { facts, beside: { rows: appendTo.rows, columns: [number, ...others], paths: [path] } }
}

function checkColumn(
  images: DatasetColumn | undefined,
  { name }: PictureSource,
): asserts images is DatasetColumn {
  if (images?.type === 'image' && images.name === name) return
  const held = images?.type === 'image' ? `holds images as ${images.name}` : 'holds no images'
  throw new FlywheelError('dataset-invalid', `The dataset ${held}, and those of the file become ${name}`, {
    remedy: 'Upload the images as a dataset of their own',
  })
}

/** @param options.label the column of their classes */
async function factsOf(
  connection: DuckDBConnection,
  { from, images, label = 'null' }: { from: string; images: DatasetColumn; label: string | undefined },
): Promise<PictureFacts[]> {
  // Which of them are coloured is not known; what counts is whether all are grey.
  const isGrey = images.images?.channels === 1
  const facts: PictureFacts[] = []
  const result = await connection.stream(`select ${columnId(0)}, ${label} from ${from}`)
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    for (const [file, text] of chunk.getRows()) {
      const beside = { path: '', label: (text ?? null) as string | null }
      if (file === null) facts.push({ ...beside, digest: null, width: 0, height: 0, isGrey: true })
      else facts.push({ ...beside, ...sizeOf((file as DuckDBBlobValue).bytes), isGrey })
    }
  }
  return facts
}

function sizeOf(bytes: Uint8Array): Pick<PictureFacts, 'digest' | 'width' | 'height'> {
  const { width = 0, height = 0 } = readImageHeader(bytes) ?? {}
  return { digest: createHash('sha1').update(bytes).digest('base64'), width, height }
}
