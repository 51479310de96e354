import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { shown } from '../../contracts/errors.js'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestDocuments } from '../documents/ingest-documents.js'
import { textFiles } from '../documents/text-archive.js'
import { type Archive, unusableArchive } from './archive.js'
import { archiveImages } from './archive-images.js'
import { ingestImages } from './ingest-images.js'
import { isClutter } from './picture-files.js'
import { openTar } from './tar.js'
import { openZip } from './zip.js'

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full */
export const ingestZip = async (request: IngestRequest): Promise<Ingested> =>
  ingestArchive(await openZip(request.path), request)

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full */
export const ingestTar = async (request: IngestRequest): Promise<Ingested> =>
  ingestArchive(await openTar(request.path), request)

const table = /\.(csv|tsv|json|jsonl|ndjson|parquet|xlsx)(\.gz|\.zst)?$/i

async function ingestArchive(archive: Archive, request: IngestRequest): Promise<Ingested> {
  refuseTables(archive)
  const texts = textFiles(archive)
  if (texts !== null) return ingestDocuments(request, archive, texts)
  const folder = join(request.folder, 'archive')
  await mkdir(folder)
  return ingestImages(request, await archiveImages(archive, folder))
}

/** A table in an archive of its own is what many sites hand out; beside other files it may be a manifest. */
function refuseTables({ names }: Archive): void {
  const files = names.filter((name) => !isClutter(name))
  const [first] = files
  if (first === undefined || !files.every((name) => table.test(name))) return
  const what = files.length === 1 ? 'a table' : `${files.length} tables`
  throw unusableArchive(
    `The archive holds ${what} and no images: ${shown(first)}${files.length > 1 ? ', …' : ''}`,
    undefined,
    'Unpack it and upload the table itself; gzip or zstd may stand around it',
  )
}
