import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ingested, IngestRequest } from '../../contracts/reader.js'
import { unpack } from '../unpack/unpack.js'
import { idxImages, openIdx, pairIdx } from './idx.js'
import { ingestImages } from './ingest-images.js'

/**
 * Takes images and labels in that were sent as two files.
 *
 * @throws FlywheelError dataset-invalid, storage-full
 */
export async function ingestIdx(request: IngestRequest): Promise<Ingested> {
  const { path, labelsPath } = request
  const files = [await openIdx(path, 'file')]
  if (labelsPath !== undefined)
    files.push(await openIdx(await unpacked(labelsPath, request.folder), 'labels'))
  return ingestImages(request, idxImages(pairIdx(files)))
}

async function unpacked(path: string, folder: string): Promise<string> {
  const own = join(folder, 'labels')
  await mkdir(own)
  return (await unpack(path, own)).path
}
