import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../../contracts/errors.js'
import { getJob } from '../../../../../registry/jobs.js'
import { JobId } from '../../../../job-answer.js'
import { problems } from '../../../../problem.js'

const mediaTypes = { zip: 'application/zip', 'tar.gz': 'application/gzip' } as const

const archive = { schema: Type.String({ format: 'binary' }) }

const download: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict'] },
    schema: {
      operationId: 'downloadExport',
      tags: ['exports'],
      summary: 'Gives the archive that an export job has made',
      params: Type.Object({ id: JobId }),
      response: {
        200: {
          description: 'The archive',
          content: { [mediaTypes.zip]: archive, [mediaTypes['tar.gz']]: archive },
        },
        ...problems(404, 409),
      },
    },
    handler: async (request, reply) => {
      const job = await getJob(app.database.db, request.params.id)
      if (job.type !== 'export') throw new FlywheelError('not-found', `The job ${job.id} is no export`)
      if (job.state !== 'succeeded' || job.result === null) {
        throw new FlywheelError('conflict', `The export is ${job.state}`, {
          remedy: `Wait until GET /v1/jobs/${job.id} says succeeded`,
        })
      }
      const { sha256, sizeBytes, archive: form, model, format } = job.result as unknown as ExportResult
      const storedBytes = await app.artifacts.sizeBytes(sha256)
      if (storedBytes !== sizeBytes) {
        throw new FlywheelError(
          'artifact-damaged',
          `The archive has ${storedBytes} bytes in place of ${sizeBytes}`,
        )
      }
      reply.header('content-length', sizeBytes)
      reply.header(
        'content-disposition',
        `attachment; filename="${model.replace('@', '-')}-${format}.${form}"`,
      )
      reply.type(mediaTypes[form])
      return reply.send(app.artifacts.stream(sha256) as never)
    },
  })
}
export default download

interface ExportResult {
  readonly sha256: string
  readonly sizeBytes: number
  readonly archive: keyof typeof mediaTypes
  readonly model: string
  readonly format: string
}
