import multipart from '@fastify/multipart'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { getDatasetVersion } from '../../../../../../registry/datasets.js'
import { DatasetAnswer } from '../../../../../dataset-answer.js'
import { DatasetName, VersionIfGiven } from '../../../../../dataset-upload/options.js'
import { takeUpload } from '../../../../../dataset-upload/take-upload.js'
import {
  appendBody,
  appendQuery,
  streamTypes,
  uploadValidator,
} from '../../../../../dataset-upload/upload-schema.js'
import { problems } from '../../../../../problem.js'
import { storedVersion } from '../../../../../stored-version.js'

const params = Type.Object({ name: DatasetName }, { additionalProperties: false })
const Cell = Type.Union([
  Type.Number(),
  Type.Boolean(),
  Type.String(),
  Type.Array(Type.Number()),
  Type.Null(),
])

const rows: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart)
  app.addContentTypeParser([...streamTypes], (_request, payload, done) => done(null, payload))

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
          version: VersionIfGiven,
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
        'As a form, as a raw body of any format that uploads take, or as JSON rows. The columns may stand in any order; ' +
        'one that is left out is missing in the new rows, and a name that the dataset does not have is an error. Values ' +
        'must fit the types of the dataset, with two exceptions that a finding tells of: a number with a point makes a ' +
        'column of integers one of numbers, and too many different texts make a category a text.',
      params,
      querystring: appendQuery,
      body: appendBody,
      response: { 201: DatasetAnswer, ...problems(404, 408, 409, 413, 415, 422, 507) },
    },
    handler: (request, reply) => takeUpload(app, { request, reply, appendTo: request.params.name }),
  })
}

export default rows
