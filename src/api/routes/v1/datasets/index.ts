import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { listDatasets } from '../../../../registry/datasets.js'
import { DatasetAnswer, DatasetSummaryAnswer, summaryAnswer } from '../../../dataset-answer.js'
import { takeUpload } from '../../../dataset-upload/take-upload.js'
import {
  streamTypes,
  uploadBody,
  uploadQuery,
  uploadValidator,
} from '../../../dataset-upload/upload-schema.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'

const datasets: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart)
  app.addContentTypeParser([...streamTypes], (_request, payload, done) => done(null, payload))

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
    handler: (request, reply) => takeUpload(app, { request, reply }),
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
