import { fileURLToPath } from 'node:url'
import autoLoad from '@fastify/autoload'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify'
import { Type } from 'typebox'
import type { Config } from '../config.js'
import { answerError } from './answer-error.js'
import { answerBrokenConnection } from './broken-connection.js'
import { type CatalogueFolders, defaultFolders } from './catalogue-folders.js'
import { containerPaths } from './container-paths.js'
import { acceptJson } from './json-body.js'
import { newRequestId } from './request-id.js'
import { buildSerializer, buildValidator } from './validator.js'

export interface AppOptions {
  readonly config: Config
  /** A pino logger; without one nothing is logged. */
  readonly log?: FastifyBaseLogger
  /** Where families, tasks, transforms, metrics and job types are discovered. */
  readonly folders?: CatalogueFolders
  /** Compares every answer with its schema and turns a difference into a 500: for tests. */
  readonly checkAnswers?: boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: Config
    readonly folders: CatalogueFolders
  }
}

/** The largest JSON body of a route that sets no limit of its own. */
const DEFAULT_BODY_BYTES = 1024 ** 2
const HEADERS_TIMEOUT_MS = 15_000
/** How often connections are looked at for requests that take too long to arrive. */
const SLOW_CLIENT_CHECK_MS = 1_000

/**
 * The whole HTTP service as a Fastify instance: plugins and routes are discovered in their folders.
 * Nothing is opened or started before `ready()`, and `close()` ends all that was.
 */
export async function buildApp({
  config,
  log,
  folders = defaultFolders,
  checkAnswers = false,
}: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...(log ? { loggerInstance: log } : { logger: false }),
    bodyLimit: DEFAULT_BODY_BYTES,
    // The limits plugin answers with a problem document instead.
    return503OnClosing: false,
    requestTimeout: config.requestTimeoutMs,
    // Making or migrating the database may take its time on a busy machine.
    pluginTimeout: 120_000,
    http: {
      requestTimeout: config.requestTimeoutMs,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, config.requestTimeoutMs),
      connectionsCheckingInterval: Math.min(SLOW_CLIENT_CHECK_MS, config.requestTimeoutMs),
    },
    ...(config.container === null ? {} : { rewriteUrl: containerPaths(config.container) }),
    genReqId: newRequestId,
    logController: new LogController({ requestIdLogLabel: 'requestId', disableRequestLogging: true }),
    exposeHeadRoutes: true,
    clientErrorHandler: answerBrokenConnection,
    frameworkErrors: (error, request, reply) =>
      void answerError(error, { config, request: request as FastifyRequest, reply: reply as FastifyReply }),
    routerOptions: { maxParamLength: 200 },
  })
  app.decorate('config', config)
  app.decorate('folders', folders)
  app.setValidatorCompiler(buildValidator)
  app.setSerializerCompiler(buildSerializer({ checkAnswers }))
  acceptJson(app)
  app.addHook('onRoute', refuseUnknownQuery)
  await app.register(autoLoad, { dir: folder('plugins'), encapsulate: false, maxDepth: 1 })
  await app.register(autoLoad, { dir: folder('routes'), routeParams: true })
  return app
}

/** A route that takes no query says so: nothing that is sent is dropped silently. */
function refuseUnknownQuery(route: RouteOptions): void {
  if (!route.url.startsWith('/v1/')) return
  route.schema = { ...route.schema, querystring: route.schema?.querystring ?? noQuery }
}

const noQuery = Type.Object({}, { additionalProperties: false })

const folder = (name: string): string => fileURLToPath(new URL(`./${name}/`, import.meta.url))
