import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { FlywheelError } from '../../../../contracts/errors.js'
import { listJobs } from '../../../../registry/jobs.js'
import { Job, JobId, JobState, shownJob, shownJobs, shownSpecification } from '../../../job-answer.js'
import { Page, PageQuery } from '../../../paging.js'
import { problems } from '../../../problem.js'
import { buildValidator } from '../../../validator.js'

const Plan = Type.Object({
  type: Type.String(),
  specification: Type.Unknown({ description: 'The request with every default filled in' }),
  reasons: Type.Record(Type.String(), Type.String(), {
    description: 'Which rule chose what was not given, by the field’s name',
  }),
  parameters: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
    description: 'Weights of the network; null where only the job itself will know',
  }),
  memoryBytes: Type.Number({ minimum: 0 }),
  secondsEstimate: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
  warnings: Type.Array(Type.Object({ code: Type.String(), detail: Type.String(), remedy: Type.String() })),
})

const jobs: FastifyPluginAsyncTypebox = async (app) => {
  const jobTypes = [...app.catalogue.jobTypes.values()]

  app.route({
    method: 'POST',
    url: '',
    config: { scope: 'train' },
    schema: {
      operationId: 'submitJob',
      tags: ['jobs'],
      summary: 'Submits a job',
      description:
        'Checks the request, fills in every default, stores the job durably and queues it. ' +
        `Types: ${jobTypes.map(({ name, summary }) => `\`${name}\` (${summary})`).join('; ')}.`,
      querystring: Type.Object(
        {
          dryRun: Type.Optional(
            Type.Boolean({ default: false, description: 'Answer the plan; store and queue nothing' }),
          ),
        },
        { additionalProperties: false },
      ),
      body: Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        oneOf: jobTypes.map(({ request }) => request),
        examples: jobTypes.map(({ example }) => example),
      }),
      response: {
        200: Type.Object(Plan.properties, { description: 'With dryRun: what would be done' }),
        202: Type.Object(Job.properties, {
          title: 'Job',
          description: 'The job is kept, whatever fails now',
        }),
        ...problems(404, 409, 413, 415, 422),
      },
    },
    // The job type's own schema is checked by the one function that the trainer uses too.
    validatorCompiler: (route) => (route.httpPart === 'body' ? anyObject : buildValidator(route as never)),
    handler: async (request, reply) => {
      const body = request.body
      if (request.query.dryRun) {
        const { type, resolved } = await app.jobs.plan(body)
        const { specification, plan } = resolved
        const { reasons, warnings, ...estimate } = plan
        return reply.code(200).send({
          ...estimate,
          type: type.name,
          specification: shownSpecification(specification),
          reasons: { ...reasons },
          warnings: [...warnings],
        })
      }
      const job = await app.jobs.submit(body, request.creationId)
      return reply
        .code(202)
        .header('location', `/v1/jobs/${job.id}`)
        .send(await shownJob(app.database.db, job))
    },
  })

  app.route({
    method: 'GET',
    url: '',
    config: { scope: ['train', 'data', 'predict', 'feedback'] },
    schema: {
      operationId: 'listJobs',
      tags: ['jobs'],
      summary: 'Lists jobs, newest first',
      description:
        'Jobs that are a part of another one (folds, trials) are listed with `parent`, and stay away without it.',
      querystring: Type.Object(
        {
          ...PageQuery.properties,
          state: Type.Optional(JobState),
          type: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,64}$' })),
          model: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' })),
          parent: Type.Optional(JobId),
        },
        { additionalProperties: false },
      ),
      response: { 200: Page(Job), ...problems() },
    },
    handler: async ({ query: { limit = 50, ...filter } }) => {
      const page = await listJobs(app.database.db, { limit, ...filter } as never)
      return { data: await shownJobs(app.database.db, page.data), nextCursor: page.nextCursor }
    },
  })
}

const anyObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { value }
    : { error: new FlywheelError('request-invalid', 'The body must be a JSON object with the job’s `type`') }

export default jobs
