import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { refusal } from '../contracts/errors.js'
import { conformalWriter } from '../serving/conformal-answer.js'
import type { Deployed, Route } from '../serving/deployments.js'
import { defaultKeepPolicy } from '../serving/kept/keeper.js'
import type { RowBatch } from '../serving/row-batch.js'
import { parseJson } from './json-body.js'
import { problems } from './problem.js'
import { type Asked, computePrediction, routePrediction } from './routed-prediction.js'
import { shadowPrediction } from './shadow-prediction.js'
import { buildValidator } from './validator.js'

/** JSON of tensors is costly: larger lists are sent in parts. */
export const predictBodyBytes = 16 * 1024 ** 2

const PredictRequest = Type.Object(
  {
    instances: Type.Array(Type.Object({}, { additionalProperties: true }), {
      minItems: 1,
      description:
        'Rows in the columns of the dataset that the model was trained on: every feature, null where a value ' +
        'is missing; columns that are no features may stand there',
    }),
  },
  {
    additionalProperties: false,
    examples: [{ instances: [{ sepal_length: 5.1, petal_length: 1.4 }] }],
  },
)

const PredictQuery = Type.Object(
  {
    conformal: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Adds what holds the truth with this probability: the `set` of labels, or the `interval` of values. 400 for a version without validation rows',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 30_000,
        description:
          'Time in which an answer is of use: a 504 after it, and a request whose turn comes later is not computed',
      }),
    ),
    debug: Type.Optional(
      Type.Boolean({ description: 'Adds how the answer came about: times, and the batch that it was in' }),
    ),
  },
  { additionalProperties: false },
)
type PredictQuery = Static<typeof PredictQuery>

const Label = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const Bound = Type.Union([Type.Number(), Type.Null()], {
  description: 'Null: without bound, since there were too few validation rows to promise one',
})
const id = Type.Optional(
  Type.String({ description: 'For feedback; absent where the prediction is not kept' }),
)
const PredictAnswer = Type.Object({
  predictions: Type.Array(
    Type.Union([
      Type.Object({
        id,
        label: Label,
        probabilities: Type.Record(Type.String(), Type.Number(), {
          description: 'By the label’s text, in the order of the signature’s classes',
        }),
        set: Type.Optional(
          Type.Array(Label, {
            description: 'Where conformal was asked for: it may be empty, as no class fits',
          }),
        ),
      }),
      Type.Object({
        id,
        value: Type.Number(),
        interval: Type.Optional(
          Type.Object({ lower: Bound, upper: Bound }, { description: 'Where conformal was asked for' }),
        ),
      }),
    ]),
    { description: 'One for each instance, in their order' },
  ),
  model: Type.Object({
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ description: 'Of the version’s manifest' }),
  }),
  debug: Type.Optional(
    Type.Object(
      {
        queueMs: Type.Number({ description: 'From the request’s arrival in the predictor to its batch' }),
        delayMs: Type.Number({ description: 'What of that its batch waited for more requests' }),
        computeMs: Type.Number({ description: 'Time that the batch took' }),
        batchRows: Type.Integer({
          minimum: 1,
          description: 'Rows of all requests that were computed together',
        }),
      },
      { description: 'Where `debug` was asked for' },
    ),
  ),
})

/** Leaves JSON as the bytes that came, in the routes of this plugin: they are read in terms of the version that answers. */
export function acceptJsonBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
}

/** What all routes that predict have in common. */
export const predictRoute = {
  method: 'POST' as const,
  bodyLimit: predictBodyBytes,
  config: { scope: 'predict' as const },
  // Rows are checked where they are copied; the schema is for people.
  validatorCompiler: ((part) =>
    part.httpPart === 'body'
      ? (value: unknown) => ({ value })
      : buildValidator(part)) satisfies typeof buildValidator,
}

/** @param what the route's own words */
export const predictSchema = (what: { operationId: string; summary: string; description?: string }) => ({
  ...what,
  tags: ['predict'],
  body: PredictRequest,
  querystring: PredictQuery,
  response: { 200: PredictAnswer, ...problems(404, 413, 415, 422, 504, 507) },
})

/** Answers instances with the version that the path names. */
export async function answerInstances(
  app: FastifyInstance,
  asked: Asked,
  { conformal, debug = false, timeoutMs }: PredictQuery,
): Promise<string> {
  const { request } = asked
  const { body } = request
  const route = await routeFor(app, { asked, body })
  const { deployed } = route
  const finished = conformal === undefined ? (line: string) => line : conformalWriter(deployed, conformal)
  const rows = readRows(body, deployed)
  const { lines, times } = await computePrediction(app, { deployed, rows, asked, timeoutMs })
  const ids = keep(app, { deployed, rows, lines })
  shadowPrediction(app, { route, request, rows, lines, ids, read: (shadow) => readRows(body, shadow) })
  const { model: name, version, sha256 } = deployed
  const predictions = lines.map((line, row) => {
    const own = ids[row]
    const text = finished(line)
    return typeof own === 'string' ? `{"id":"${own}",${text.slice(1)}` : text
  })
  asked.reply.type('application/json; charset=utf-8')
  const model = JSON.stringify({ name, version, sha256 })
  // The predictor has written the predictions as JSON: they are passed on as they are.
  const more = debug ? `,"debug":${JSON.stringify(times)}` : ''
  return `{"predictions":[${predictions.join(',')}],"model":${model}${more}}`
}

/** What is wrong with the body itself is said before that no version answers. */
async function routeFor(
  app: FastifyInstance,
  { asked, body }: { asked: Asked; body: unknown },
): Promise<Route> {
  try {
    return await routePrediction(app, asked)
  } catch (error) {
    instancesOf(parsed(body))
    throw error
  }
}

/** The body is bytes, where a request has one. */
const parsed = (body: unknown): unknown => (Buffer.isBuffer(body) ? parseJson(body) : body)

function readRows(body: unknown, { decoder, reader }: Deployed): RowBatch {
  const decoded = Buffer.isBuffer(body) ? decoder.decode(body) : null
  return decoded ?? reader.read(instancesOf(parsed(body)))
}

function instancesOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refusal('', 'an object with instances', body)
  }
  const other = Object.keys(body).find((name) => name !== 'instances')
  if (other !== undefined) throw refusal(other, 'no such property', (body as Record<string, unknown>)[other])
  return (body as { instances?: unknown }).instances
}

function keep(
  app: FastifyInstance,
  { deployed, rows, lines }: { deployed: Deployed; rows: RowBatch; lines: readonly string[] },
): readonly (string | null)[] {
  const policy = deployed.keepPredictions ?? defaultKeepPolicy
  if (policy === false) return []
  const { model, version, sha256, reader } = deployed
  return app.predictions.keep({ model, version, sha256, layout: reader.layout }, { rows, lines, policy })
}
