import { join } from 'node:path'
import { FlywheelError } from '../../contracts/errors.js'
import type { Ingested, IngestRequest, ReadableFile, Recognition } from '../../contracts/reader.js'
import { withDuckDb } from '../duckdb.js'
import { checkFooter } from '../parquet/check-footer.js'
import { ingestImages } from './ingest-images.js'
import { parquetImages } from './parquet-images.js'

/** Whether a Parquet file has a column of images; where it can not be read, whoever reads it says why. */
export async function recogniseImages({ path, head }: ReadableFile): Promise<Recognition> {
  try {
    await checkFooter(path)
    return await withDuckDb({ threads: 1 }, async (connection) =>
      (await parquetImages(connection, path)) === null ? 'no' : 'sure',
    )
  } catch (error) {
    if (error instanceof FlywheelError) return head.includes(0) ? 'possible' : 'no' // text has no NUL
    throw error
  }
}

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full */
export async function ingestParquetImages(request: IngestRequest): Promise<Ingested> {
  await checkFooter(request.path)
  const spillFolder = join(request.folder, 'spill-parquet')
  return withDuckDb({ spillFolder, threads: 1 }, async (connection) => {
    const source = await parquetImages(connection, request.path)
    if (source !== null) return ingestImages(request, source)
    throw new FlywheelError('dataset-invalid', 'No column of the Parquet file holds images')
  })
}
