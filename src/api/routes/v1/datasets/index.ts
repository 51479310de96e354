import { join } from 'node:path'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listDatasets } from '../../../../registry/datasets.js'
import { DatasetAnswer, DatasetSummaryAnswer, datasetAnswer, summaryAnswer } from '../../../dataset-answer.js'
import { discardRest } from '../../../dataset-upload/discard-rest.js'
import { checkLength } from '../../../dataset-upload/receive-file.js'
import { receiveUpload } from '../../../dataset-upload/receive-upload.js'
import { storeVersion } from '../../../dataset-upload/store-version.js'
import {
  streamTypes,
  uploadBody,
  uploadQuery,
  uploadValidator,
} from '../../../dataset-upload/upload-schema.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'
import { withTemporaryFolder } from '../../../temporary-folder.js'

const datasets: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart)
  app.addContentTypeParser([...streamTypes], (_request, payload, done) => done(null, payload))
  const maxBytes = app.config.maxUploadBytes

  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'data' },
    validatorCompiler: uploadValidator,
    schema: {
      operationId: 'uploadDataset',
      tags: ['datasets'],
      summary: 'Uploads a dataset, or a new version of one',
      description:
        'As a form (fields first, then one file), as a raw body with `?name=`, or as JSON rows. The format of a file is ' +
        'recognised by its content. The answer tells the inferred types, what could not be read, and what to ' +
        'know about the columns. The same name again makes a new version.',
      querystring: uploadQuery,
      body: uploadBody,
      response: { 201: DatasetAnswer, ...problems(408, 413, 415, 422, 507) },
    },
    handler: async (request, reply) => {
      try {
        checkLength(request.headers['content-length'], maxBytes)
        const row = await withTemporaryFolder(app, async (folder) => {
          const received = await receiveUpload(request, { path: join(folder, 'upload'), maxBytes })
          const content = [received.options, received.file.sha256, received.labels?.sha256]
          if (await request.isAnsweredBefore(reply, content)) return null
          return storeVersion(app, { folder, ...received })
        })
        if (row === null) return reply
        const location = `/v1/datasets/${row.dataset}/versions/${row.version}`
        return await reply.code(201).header('location', location).send(datasetAnswer(row))
      } finally {
        discardRest(request.raw)
      }
    },
  })

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'listDatasets',
      tags: ['datasets'],
      summary: 'Lists the datasets by name, each with its latest version',
      querystring: PageQuery,
      response: { 200: Page(DatasetSummaryAnswer), ...problems() },
    },
    handler: async ({ query: { limit = 50, ...rest } }) => {
      const { data, nextCursor } = await listDatasets(app.database.db, { limit, ...rest })
      return { data: data.map(summaryAnswer), nextCursor }
    },
  })
}

export default datasets
