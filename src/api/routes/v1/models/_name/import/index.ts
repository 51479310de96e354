import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { VersionOrigin } from '../../../../../../contracts/origin.js'
import { importWhens } from '../../../../../../registry/imports.js'
import { withTemporaryFolder } from '../../../../../../registry/temporary-folder.js'
import { discardRest } from '../../../../../dataset-upload/discard-rest.js'
import { receiveBytes, tooLarge } from '../../../../../dataset-upload/receive-file.js'
import { versionAnswer, versionProperties } from '../../../../../model-answer.js'
import { importBundle } from '../../../../../model-import/import-bundle.js'
import { modelPath } from '../../../../../model-path.js'
import { problems } from '../../../../../problem.js'
import { buildValidator } from '../../../../../validator.js'

const remedy = 'Raise FLYWHEEL_MAX_UPLOAD_BYTES'

const Query = Type.Object(
  {
    alias: Type.Optional(Type.String({ ...modelPath.alias, default: 'champion' })),
    when: Type.Optional(
      Type.Enum([...importWhens], {
        type: 'string',
        default: 'first',
        description:
          'Whether the alias moves to the version: `first` where it names none yet; compare versions with a `compare` job, and move it with PUT',
      }),
    ),
  },
  { additionalProperties: false },
)

const ImportAnswer = Type.Object(
  {
    name: modelPath.name,
    task: Type.String(),
    ...versionProperties,
    origins: Type.Array(VersionOrigin, {
      description: 'The instances that it came through, the last one first',
    }),
    deployed: Type.Object({
      alias: Type.String(),
      moved: Type.Boolean(),
      reason: Type.String(),
    }),
  },
  { title: 'ImportedVersion' },
)

const body = {
  schema: Type.String({
    format: 'binary',
    description: 'A bundle as it was exported; at most `FLYWHEEL_MAX_UPLOAD_BYTES`, packed and unpacked',
  }),
}

const importRoute: FastifyPluginAsyncTypebox = async (app) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/zip', 'application/octet-stream'], (_request, payload, done) =>
    done(null, payload),
  )

  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'importVersion',
      tags: ['exports'],
      summary: 'Imports a version that another Flywheel has exported as a bundle',
      description:
        'It becomes the model’s next version, answers as it did where it came from, and is signed by this instance. A key of the scope `train` imports what this instance, or one of FLYWHEEL_TRUSTED_KEYS, has signed; where that is not set, an admin’s key imports from any instance. 422 names what of the bundle is wrong; nothing of it is published then. Where an alias may come to name it, it is loaded and asked first.',
      params: Type.Object({ name: modelPath.name }, { additionalProperties: false }),
      querystring: Query,
      body: { content: { 'application/zip': body, 'application/octet-stream': body } },
      response: { 201: ImportAnswer, ...problems(408, 409, 413, 415, 422, 503, 507) },
    },
    validatorCompiler: (route) => (route.httpPart === 'body' ? () => true : buildValidator(route)),
    handler: async (request, reply) => {
      const { name } = request.params
      const { alias = 'champion', when = 'first' } = request.query
      const maxBytes = app.config.maxUploadBytes
      try {
        if (Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes, remedy)
        const imported = await withTemporaryFolder(app, async (folder) => {
          const payload = request.body instanceof Readable ? request.body : Readable.from([])
          const { path, sha256 } = await receiveBytes(payload, {
            path: join(folder, 'bundle'),
            maxBytes,
            remedy,
          })
          if (await request.isAnsweredBefore(reply, sha256)) return null
          const mayVouch = request.keyHolder === null || request.keyHolder.scopes.includes('admin')
          const importId = request.creationId
          return importBundle(app, { path, folder, model: name, alias, when, mayVouch, importId })
        })
        if (imported === null) return reply
        const { row, deployed } = imported
        await app.deployments.refresh()
        return reply
          .code(201)
          .header('location', `/v1/models/${name}/versions/${row.version}`)
          .send({
            name,
            task: row.task,
            ...versionAnswer(row),
            origins: row.origins,
            deployed: { alias: deployed.alias, moved: deployed.moved, reason: deployed.reason },
          })
      } finally {
        discardRest(request.raw)
      }
    },
  })
}
export default importRoute
