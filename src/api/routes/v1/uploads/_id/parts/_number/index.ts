import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { DigestHeaders, readDigest } from '../../../../../../dataset-upload/content-digest.js'
import { discardRest } from '../../../../../../dataset-upload/discard-rest.js'
import { exampleCsv } from '../../../../../../dataset-upload/example.js'
import { MAX_PARTS, receivePart } from '../../../../../../dataset-upload/receive-part.js'
import { problems } from '../../../../../../problem.js'
import { PartAnswer, partAnswer, UploadId } from '../../../../../../upload-answer.js'
import { buildValidator } from '../../../../../../validator.js'

const part: FastifyPluginAsyncTypebox = async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.route({
    method: 'PUT',
    url: '',
    config: { scope: 'data' },
    schema: {
      operationId: 'sendUploadPart',
      tags: ['uploads'],
      summary: 'Sends one part of an upload, with its checksum',
      description:
        'The parts make the file when they are put one after the other by their numbers; a line may begin in one and ' +
        'end in the next. A part that is sent again replaces the former; where that has the same checksum, it is not ' +
        'read again. Any content type is taken.',
      params: Type.Object(
        {
          id: UploadId,
          number: Type.Integer({
            minimum: 1,
            maximum: MAX_PARTS,
            description: 'Its place in the file, from 1',
          }),
        },
        { additionalProperties: false },
      ),
      headers: DigestHeaders,
      body: {
        content: {
          'application/octet-stream': {
            schema: Type.String({
              format: 'binary',
              description: 'At most `FLYWHEEL_MAX_UPLOAD_BYTES`',
              examples: [exampleCsv],
            }),
          },
        },
      },
      response: { 200: PartAnswer, ...problems(404, 408, 409, 413, 415, 422, 507) },
    },
    validatorCompiler: (route) => (route.httpPart === 'body' ? () => true : buildValidator(route)),
    handler: async (request) => {
      const { id, number } = request.params
      try {
        return partAnswer(
          await receivePart(app, {
            upload: id,
            number,
            sha256: readDigest(request.headers),
            sizeBytes: lengthOf(request.headers['content-length']),
            body: request.body instanceof Readable ? request.body : Readable.from([]),
          }),
        )
      } finally {
        discardRest(request.raw)
      }
    },
  })
}

const lengthOf = (header: string | undefined): number | undefined =>
  header === undefined ? undefined : Number(header)

export default part
