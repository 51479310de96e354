import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { reportPage, reportPolicy } from '../../../../../../../../evaluation/page/report-page.js'
import { EvaluationReport, Report } from '../../../../../../../../evaluation/report.js'
import { getVersion } from '../../../../../../../../registry/models.js'
import { modelPath } from '../../../../../../../model-path.js'
import { prefersHtml } from '../../../../../../../prefers-html.js'
import { problems } from '../../../../../../../problem.js'

const ReportAnswer = Type.Object(
  {
    ...Report.properties,
    evaluations: Type.Array(Type.Object({ job: Type.String(), report: EvaluationReport }), {
      description: 'On other datasets, by evaluate jobs',
    }),
  },
  { description: 'How the version was trained, and how it does on rows kept out' },
)

const report: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'predict', 'feedback'] },
    schema: {
      operationId: 'getReport',
      tags: ['models'],
      summary: 'Shows how good a version is',
      description:
        'As JSON, or with `Accept: text/html` (a browser sends it) as one page with tables and plots that needs no network.',
      params: Type.Object(
        { name: modelPath.name, version: modelPath.version },
        { additionalProperties: false },
      ),
      response: {
        200: {
          description: 'The report',
          content: {
            'application/json': { schema: ReportAnswer },
            'text/html': { schema: Type.String({ description: 'The same as a page' }) },
          },
        },
        ...problems(404),
      },
    },
    handler: async ({ params: { name, version }, headers }, reply) => {
      const { reportSha256, evaluations } = await getVersion(app.database.db, { model: name, version })
      const [own, ...others] = await Promise.all([
        read<Report>(reportSha256),
        ...evaluations.map(async ({ job, sha256 }) => ({
          job,
          report: await read<EvaluationReport>(sha256),
        })),
      ])
      reply.header('vary', 'accept')
      if (!prefersHtml(headers.accept)) {
        return reply.type('application/json; charset=utf-8').send({ ...own, evaluations: others })
      }
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', `${reportPolicy}; frame-ancestors 'none'`)
        .serializer((text: string) => text)
        .send(reportPage({ version, report: own, evaluations: others }) as never)
    },
  })

  async function read<Stored>(sha256: string): Promise<Stored> {
    return JSON.parse((await app.artifacts.read(sha256)).toString()) as Stored
  }
}

export default report
