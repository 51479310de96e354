import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { DatasetDraft, DatasetPart } from '../../contracts/dataset.js'
import { FlywheelError } from '../../contracts/errors.js'
import type { Ingested } from '../../contracts/reader.js'
import {
  type DatasetVersion,
  getDatasetVersion,
  hashOfParts,
  insertDatasetVersion,
} from '../../registry/datasets.js'
import { readingOf, type UploadOptions } from './options.js'
import type { ReceivedFile } from './receive-file.js'

/** How a version gets its row; null when another version has come after `after`. */
type Publish = (version: { draft: DatasetDraft; after?: number }) => Promise<DatasetVersion | null>

export interface VersionFile {
  /** For temporary files. */
  readonly folder: string
  readonly file: ReceivedFile
  /** Of IDX images. */
  readonly labels?: ReceivedFile
  readonly options: UploadOptions
  /** The same for each try of a request, whose version is made once. */
  readonly creationId?: string | undefined
  /** Under the next number when left out. */
  readonly publish?: Publish
}

/** Reads a received file and stores it as the dataset's next version. */
export async function storeVersion(
  app: FastifyInstance,
  {
    folder,
    file,
    labels,
    options,
    creationId,
    publish = publishTo(app, { dataset: options.name, creationId }),
  }: VersionFile,
): Promise<DatasetVersion> {
  const sizeBytes = file.sizeBytes + (labels?.sizeBytes ?? 0)
  const sha256 = labels ? hashOfParts([file, labels]) : file.sha256
  const { rows, columns, report, parts } = await app.datasetReader.run(
    'ingest',
    {
      ...requestOf(options, { file, labels }),
      folder,
      output: join(folder, 'part.parquet'),
      types: options.types ?? {},
    },
    { sizeBytes },
  )
  return (await publish({
    draft: { rows, sizeBytes, sha256, columns, parts: await adopted(app, parts), report },
  })) as DatasetVersion
}

const publishTo =
  (app: FastifyInstance, of: { dataset: string; creationId: string | undefined }): Publish =>
  (version) =>
    insertDatasetVersion(app.database.db, { ...of, ...version })

/** What is to be read, and what the options say about it. */
const requestOf = (
  options: UploadOptions,
  { file, labels }: { file: ReceivedFile; labels: ReceivedFile | undefined },
) => {
  const { onInvalidRow, format, declared, charset, personalData } = options
  return {
    path: file.path,
    ...(labels ? { labelsPath: labels.path } : {}),
    onInvalidRow,
    reading: readingOf(options),
    ...(format === undefined ? {} : { format }),
    ...(declared === undefined ? {} : { declared }),
    ...(charset === undefined ? {} : { charset }),
    ...(personalData === undefined ? {} : { personalData }),
  }
}

/** Moves the written files into the store. */
async function adopted(app: FastifyInstance, parts: Ingested['parts']): Promise<DatasetPart[]> {
  const stored: DatasetPart[] = []
  for (const { path, rows } of parts) stored.push({ rows, ...(await app.artifacts.adopt(path)) })
  return stored
}

/** Another append that comes in between makes this one count again, at most so many times. */
const APPEND_TRIES = 10

/** Reads received rows and stores a version that shares the parts of the latest one. */
export async function appendVersion(
  app: FastifyInstance,
  {
    folder,
    file,
    labels,
    options,
    creationId,
    publish = publishTo(app, { dataset: options.name, creationId }),
  }: VersionFile,
): Promise<DatasetVersion> {
  const { name } = options
  const newBytes = file.sizeBytes + (labels?.sizeBytes ?? 0)
  for (let attempt = 0; attempt < APPEND_TRIES; attempt++) {
    const base = await getDatasetVersion(app.database.db, { dataset: name })
    const output = join(folder, `part-${attempt}.parquet`)
    const appendTo = {
      rows: base.rows,
      columns: base.columns,
      paths: base.parts.map(({ sha256 }) => app.artifacts.path(sha256)),
    }
    const added = await app.datasetReader.run(
      'ingest',
      {
        ...requestOf(options, { file, labels }),
        folder,
        output,
        types: {},
        appendTo,
      },
      { sizeBytes: base.sizeBytes + newBytes },
    )
    const { rows, columns, report } = added
    const parts = [...base.parts, ...(await adopted(app, added.parts))]
    const draft = {
      rows: base.rows + rows,
      sizeBytes: base.sizeBytes + newBytes,
      sha256: hashOfParts(parts),
      columns,
      parts,
      report: { ...report, appendedTo: { version: base.version, rows: base.rows } },
    }
    const row = await publish({ draft, after: base.version })
    if (row !== null) return row
  }
  throw new FlywheelError('conflict', `Other requests keep appending to ${name}`, {
    remedy: 'Send the rows again, more of them at once',
    retryAfterSeconds: 1,
  })
}
