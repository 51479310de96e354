import { join } from 'node:path'
import type { Finding } from '../contracts/dataset.js'
import type { Ingested, IngestRequest, ReadableFile } from '../contracts/reader.js'
import { loadReaders, type Readers } from './catalogue.js'
import { encodingOf } from './encoding/encoding-of.js'
import { isWindows1252 } from './encoding/is-windows-1252.js'
import { recode } from './encoding/recode.js'
import { refuseLabels } from './images/refuse-labels.js'
import { isBinary, readableFile, readerOf } from './recognise.js'
import { NotUtf8 } from './text-encoding.js'
import { unpack } from './unpack/unpack.js'

/**
 * Takes an uploaded file in: unpacks it, writes its text in UTF-8, and gives it to the reader that its content asks for.
 * Takes the thread for long stretches.
 *
 * @throws FlywheelError dataset-invalid, dataset-rows-invalid (nothing is kept), request-invalid for options that do not
 *   fit the file, storage-full
 */
export async function ingest(request: IngestRequest): Promise<Ingested> {
  const readers = await loadReaders()
  const unpacked = await unpack(request.path, request.folder)
  const encoding = isBinary(unpacked.head, readers)
    ? null
    : encodingOf(unpacked.head, { encoding: request.reading?.encoding, charset: request.charset })
  if (encoding !== null && encoding !== 'utf-8')
    return readFile(await recoded(unpacked.path, { request, encoding }), { request, readers })
  try {
    return await readFile(unpacked, { request, readers })
  } catch (error) {
    const mayBeOther = error instanceof NotUtf8 && encoding === null
    if (!mayBeOther || !(await isWindows1252(unpacked.path))) throw error
    const file = await recoded(unpacked.path, { request, encoding: 'windows-1252' })
    const ingested = await readFile(file, { request, readers })
    return withFinding(ingested, assumed)
  }
}

async function readFile(
  file: ReadableFile,
  { request, readers }: { request: IngestRequest; readers: Readers },
): Promise<Ingested> {
  const reader = await readerOf(file, { ...request, readers })
  if (reader.name !== 'idx') refuseLabels(request)
  return reader.ingest({ ...request, path: file.path })
}

async function recoded(
  from: string,
  { request: { folder }, encoding }: { request: IngestRequest; encoding: string },
): Promise<ReadableFile> {
  const to = join(folder, 'utf-8')
  await recode({ from, to, encoding })
  return readableFile(to)
}

const assumed: Finding = {
  code: 'encoding',
  detail: 'The text is not UTF-8; it was read as Windows-1252, which holds Latin-1',
  remedy: 'If letters look wrong, upload it again with encoding=<name>',
}

const withFinding = ({ report, ...rest }: Ingested, finding: Finding): Ingested => ({
  ...rest,
  report: { ...report, findings: [finding, ...report.findings] },
})
