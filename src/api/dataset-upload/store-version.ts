import { mkdir, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'
import type { DelimiterName } from '../../datasets/csv/header.js'
import {
  type DatasetDraft,
  type DatasetVersion,
  getDatasetVersion,
  hashOfParts,
  insertDatasetVersion,
} from '../../registry/datasets.js'
import { asStorageError } from '../../registry/files.js'
import type { UploadOptions } from './options.js'
import type { ReceivedFile } from './receive-file.js'

const TOUCH_MS = 60_000

/** Gives a folder for an upload's temporary files, and removes it whatever happens. */
export async function withUploadFolder<T>(
  app: FastifyInstance,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = app.artifacts.temporaryPath()
  // Clean-up takes a folder that nobody has touched for long for a crash's.
  const touch = () => utimes(folder, new Date(), new Date()).catch(() => {})
  const timer = setInterval(touch, TOUCH_MS).unref()
  try {
    await mkdir(folder)
    return await work(folder)
  } catch (error) {
    throw asStorageError(error)
  } finally {
    clearInterval(timer)
    await rm(folder, { recursive: true, force: true })
  }
}

/** How a version gets its row; null when another version has come after `after`. */
type Publish = (version: { draft: DatasetDraft; after?: number }) => Promise<DatasetVersion | null>

export interface VersionFile {
  /** For temporary files. */
  readonly folder: string
  readonly file: ReceivedFile
  readonly options: UploadOptions
  /** Under the next number when left out. */
  readonly publish?: Publish
}

/** Reads a received file and stores it as the dataset's next version. */
export async function storeVersion(
  app: FastifyInstance,
  { folder, file, options, publish = publishTo(app, options.name) }: VersionFile,
): Promise<DatasetVersion> {
  const { onInvalidRow, types = {}, format = 'csv', delimiter } = options
  const output = join(folder, 'part.parquet')
  const { rows, columns, report } = await app.datasetReader.run(
    'ingest',
    { path: file.path, format, folder, output, onInvalidRow, types, ...delimiterOf(delimiter) },
    { sizeBytes: file.sizeBytes },
  )
  const part = { rows, ...(await app.artifacts.adopt(output)) }
  const { sizeBytes, sha256 } = file
  return (await publish({
    draft: { rows, sizeBytes, sha256, columns, parts: [part], report },
  })) as DatasetVersion
}

const publishTo =
  (app: FastifyInstance, dataset: string): Publish =>
  (version) =>
    insertDatasetVersion(app.database.db, { dataset, ...version })

const delimiterOf = (delimiter: DelimiterName | undefined) => (delimiter === undefined ? {} : { delimiter })

/** Another append that comes in between makes this one count again, at most so many times. */
const APPEND_TRIES = 10

/** Reads received rows and stores a version that shares the parts of the latest one. */
export async function appendVersion(
  app: FastifyInstance,
  { folder, file, options, publish = publishTo(app, options.name) }: VersionFile,
): Promise<DatasetVersion> {
  const { name, onInvalidRow, format = 'csv', delimiter } = options
  for (let attempt = 0; attempt < APPEND_TRIES; attempt++) {
    const base = await getDatasetVersion(app.database.db, { dataset: name })
    const output = join(folder, `part-${attempt}.parquet`)
    const appendTo = {
      columns: base.columns,
      paths: base.parts.map(({ sha256 }) => app.artifacts.path(sha256)),
    }
    const { rows, columns, report } = await app.datasetReader.run(
      'ingest',
      {
        path: file.path,
        format,
        folder,
        output,
        onInvalidRow,
        types: {},
        appendTo,
        ...delimiterOf(delimiter),
      },
      { sizeBytes: base.sizeBytes + file.sizeBytes },
    )
    const parts = [...base.parts, { rows, ...(await app.artifacts.adopt(output)) }]
    const draft = {
      rows: base.rows + rows,
      sizeBytes: base.sizeBytes + file.sizeBytes,
      sha256: hashOfParts(parts),
      columns,
      parts,
      report,
    }
    const row = await publish({ draft, after: base.version })
    if (row !== null) return row
  }
  throw new FlywheelError('conflict', `Other requests keep appending to ${name}`, {
    remedy: 'Send the rows again, more of them at once',
    retryAfterSeconds: 1,
  })
}
