import { join } from 'node:path'
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { FlywheelError } from '../../../../contracts/errors.js'
import { listDatasets } from '../../../../registry/datasets.js'
import { DatasetAnswer, DatasetSummaryAnswer, datasetAnswer, summaryAnswer } from '../../../dataset-answer.js'
import { discardRest } from '../../../dataset-upload/discard-rest.js'
import { readOptions } from '../../../dataset-upload/options.js'
import { checkLength, receiveFile } from '../../../dataset-upload/receive-file.js'
import { type ReceivedForm, receiveForm } from '../../../dataset-upload/receive-form.js'
import { receiveRows } from '../../../dataset-upload/receive-rows.js'
import { storeVersion, withUploadFolder } from '../../../dataset-upload/store-version.js'
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
        const row = await withUploadFolder(app, async (folder) => {
          const received = await receive(request, join(folder, 'upload'))
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

  async function receive(request: FastifyRequest, path: string): Promise<ReceivedForm> {
    if (request.isMultipart()) return receiveForm(request, { path, maxBytes })
    const { type, charset } = contentTypeOf(request)
    if (streamTypes.includes(type)) {
      const options = readOptions(request.query as Record<string, unknown>)
      const declared = type === 'application/x-ndjson' ? { declared: 'ndjson' } : {}
      const said = charset === undefined ? {} : { charset }
      const encoding = options.encoding ?? charset
      const file = await receiveFile(request.body as Readable, { path, maxBytes, encoding })
      return { options: { ...options, ...declared, ...said }, file }
    }
    if (request.body === undefined) throw new FlywheelError('body-malformed', 'There is no body')
    const { rows, ...fields } = request.body as { rows: readonly unknown[] }
    const options = readOptions({ ...(request.query as object), ...fields, format: 'ndjson' })
    return { options, file: await receiveRows(rows, path) }
  }
}

function contentTypeOf({ headers }: FastifyRequest): { type: string; charset: string | undefined } {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';').map((part) => part.trim())
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))
  return { type: type.toLowerCase(), charset: charset?.slice('charset='.length).replace(/^"|"$/g, '') }
}

export default datasets
