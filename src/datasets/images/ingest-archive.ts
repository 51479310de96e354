import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { ingestDocuments } from '../documents/ingest-documents.js'
import { textFiles } from '../documents/text-archive.js'
import type { Archive } from './archive.js'
import { archiveImages } from './archive-images.js'
import { ingestImages } from './ingest-images.js'
import { openTar } from './tar.js'
import { openZip } from './zip.js'

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full */
export const ingestZip = async (request: IngestRequest): Promise<Ingested> =>
  ingestArchive(await openZip(request.path), request)

/** @throws FlywheelError dataset-invalid, dataset-rows-invalid, storage-full */
export const ingestTar = async (request: IngestRequest): Promise<Ingested> =>
  ingestArchive(await openTar(request.path), request)

async function ingestArchive(archive: Archive, request: IngestRequest): Promise<Ingested> {
  const texts = textFiles(archive)
  if (texts !== null) return ingestDocuments(request, archive, texts)
  const folder = join(request.folder, 'archive')
  await mkdir(folder)
  return ingestImages(request, await archiveImages(archive, folder))
}
