import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../../../contracts/errors.js'
import { getDatasetVersion } from '../../../../../../registry/datasets.js'
import { DatasetAnswer, datasetAnswer } from '../../../../../dataset-answer.js'
import { discardRest } from '../../../../../dataset-upload/discard-rest.js'
import { exampleNdjson, exampleRows } from '../../../../../dataset-upload/example.js'
import { DatasetName, OnInvalidRow } from '../../../../../dataset-upload/options.js'
import { checkLength, receiveFile } from '../../../../../dataset-upload/receive-file.js'
import { receiveRows } from '../../../../../dataset-upload/receive-rows.js'
import { appendVersion, withUploadFolder } from '../../../../../dataset-upload/store-version.js'
import { uploadValidator } from '../../../../../dataset-upload/upload-schema.js'
import { problems } from '../../../../../problem.js'
import { storedVersion } from '../../../../../stored-version.js'

const params = Type.Object({ name: DatasetName }, { additionalProperties: false })
const Cell = Type.Union([Type.Number(), Type.Boolean(), Type.String(), Type.Null()])
const version = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'The latest when left out' }),
)

const JsonRows = Type.Object(
  {
    rows: Type.Array(Type.Unknown(), { description: 'Flat objects with the names of the dataset’s columns' }),
    onInvalidRow: Type.Optional(OnInvalidRow),
  },
  { additionalProperties: false, examples: [{ rows: exampleRows.slice(0, 1) }] },
)

type Body = Readable | { readonly rows: readonly unknown[]; readonly onInvalidRow?: 'reject' | 'skip' }

const rows: FastifyPluginAsyncTypebox = async (app) => {
  app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload))
  const maxBytes = app.config.maxUploadBytes

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['data', 'train'] },
    schema: {
      operationId: 'getDatasetRows',
      tags: ['datasets'],
      summary: 'Shows the first rows of a dataset',
      params,
      querystring: Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 20 })),
          version,
        },
        { additionalProperties: false },
      ),
      response: {
        200: Type.Object({
          name: Type.String(),
          version: Type.Integer({ minimum: 1 }),
          rows: Type.Array(Type.Record(Type.String(), Cell), { description: 'Null is a missing value' }),
        }),
        ...problems(404, 422),
      },
    },
    handler: async ({ params: { name }, query: { limit = 20, ...rest } }) => {
      const row = await getDatasetVersion(app.database.db, { dataset: name, ...rest })
      const rows = await app.datasetReader.run('rows', { ...storedVersion(row, app.artifacts), limit })
      return { name, version: row.version, rows }
    },
  })

  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'data' },
    validatorCompiler: uploadValidator,
    schema: {
      operationId: 'appendDatasetRows',
      tags: ['datasets'],
      summary: 'Appends rows: a new version that shares the bytes of the one before',
      description:
        'As JSON or NDJSON. Every row must fit the types of the dataset’s columns; a column that a row leaves out is ' +
        'missing in it, and a name that the dataset does not have is an error.',
      params,
      querystring: Type.Object(
        { onInvalidRow: Type.Optional(OnInvalidRow) },
        { additionalProperties: false },
      ),
      body: {
        content: {
          'application/json': { schema: JsonRows },
          'application/x-ndjson': { schema: Type.String({ examples: [exampleNdjson] }) },
        },
      },
      response: { 201: DatasetAnswer, ...problems(404, 408, 409, 413, 415, 422, 507) },
    },
    handler: async (request, reply) => {
      const { name } = request.params
      try {
        await getDatasetVersion(app.database.db, { dataset: name })
        checkLength(request.headers['content-length'], maxBytes)
        const row = await withUploadFolder(app, async (folder) => {
          const path = join(folder, 'upload')
          const body = request.body as Body | undefined
          if (body === undefined) throw new FlywheelError('body-malformed', 'There is no body')
          const file = await ('rows' in body
            ? receiveRows(body.rows, path)
            : receiveFile(body, { path, maxBytes }))
          if (await request.isAnsweredBefore(reply, file.sha256)) return null
          const given = 'rows' in body ? body.onInvalidRow : undefined
          const onInvalidRow = given ?? request.query.onInvalidRow ?? 'reject'
          return appendVersion(app, { folder, file, options: { name, onInvalidRow, format: 'ndjson' } })
        })
        if (row === null) return reply
        const location = `/v1/datasets/${row.dataset}/versions/${row.version}`
        return await reply.code(201).header('location', location).send(datasetAnswer(row))
      } finally {
        discardRest(request.raw)
      }
    },
  })
}

export default rows
