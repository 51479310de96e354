import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type DatasetVersion, getDatasetVersion } from '../../registry/datasets.js'
import { withTemporaryFolder } from '../../registry/temporary-folder.js'
import { datasetAnswer } from '../dataset-answer.js'
import { discardRest } from './discard-rest.js'
import { checkLength } from './receive-file.js'
import { receiveUpload } from './receive-upload.js'
import { appendVersion, storeVersion } from './store-version.js'

/**
 * Takes a request's upload in and makes a version of it.
 *
 * @param options.appendTo the dataset that its rows are appended to; else the request names one
 * @returns the answer's body; undefined where the first answer to the request was sent again
 * @throws FlywheelError those of `receiveUpload`, `storeVersion` and `appendVersion`; nothing is kept
 */
export async function takeUpload(
  app: FastifyInstance,
  { request, reply, appendTo }: { request: FastifyRequest; reply: FastifyReply; appendTo?: string },
): Promise<ReturnType<typeof datasetAnswer> | undefined> {
  const maxBytes = app.config.maxUploadBytes
  try {
    if (appendTo !== undefined) await getDatasetVersion(app.database.db, { dataset: appendTo })
    checkLength(request.headers['content-length'], maxBytes)
    const row = await withTemporaryFolder(app, async (folder) => {
      const received = await receiveUpload(request, { path: join(folder, 'upload'), maxBytes, appendTo })
      const content = [received.options, received.file.sha256, received.labels?.sha256]
      if (await request.isAnsweredBefore(reply, content)) return null
      const store = appendTo === undefined ? storeVersion : appendVersion
      return store(app, { folder, ...received, creationId: request.creationId })
    })
    return row === null ? undefined : answerVersion(reply, row)
  } finally {
    discardRest(request.raw)
  }
}

/** 201 and where the version stands; the answer's body. */
export function answerVersion(reply: FastifyReply, row: DatasetVersion): ReturnType<typeof datasetAnswer> {
  reply.code(201).header('location', `/v1/datasets/${row.dataset}/versions/${row.version}`)
  return datasetAnswer(row)
}
