import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyContextConfig } from 'fastify'
import fp from 'fastify-plugin'
import { hoistSchemas } from '../openapi-document.js'
import { flywheelVersion } from '../version.js'

const tags = [
  { name: 'datasets', description: 'Upload, look at and remove data' },
  { name: 'uploads', description: 'Send a large file in parts, and go on after an interruption' },
  { name: 'jobs', description: 'Train, update and evaluate; watch and cancel' },
  { name: 'models', description: 'Published versions, their reports and aliases' },
  { name: 'predict', description: 'Ask a model' },
  { name: 'protocols', description: 'Ask a model as clients of other servers do' },
  { name: 'feedback', description: 'Tell a model what was right' },
  { name: 'compression', description: 'Make a version smaller or faster' },
  { name: 'exports', description: 'Take a model away' },
  { name: 'catalogue', description: 'What can be named in a job' },
  { name: 'chains', description: 'Saved preprocessing that jobs can name' },
  { name: 'keys', description: 'API keys' },
  { name: 'service', description: 'Health, metrics, versions' },
]

/** Describes the service as OpenAPI 3.1, out of the routes’ schemas, and shows it at /docs. */
export default fp(
  async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Flywheel',
          version: flywheelVersion,
          description:
            'Closes the machine-learning loop: collect, process, train, evaluate, deploy, iterate. ' +
            'Every error is a problem document (RFC 9457) with a stable code; /docs/errors lists them.',
        },
        tags,
        components: {
          securitySchemes: {
            key: {
              type: 'http',
              scheme: 'bearer',
              description:
                'An API key; not needed on a loopback address without an admin key. Routes list the scopes of which it needs one.',
            },
          },
        },
      },
      transform: ({ schema, url, route }) => ({
        url,
        schema: { ...schema, security: securityOf(route.config, app.areKeysInForce) },
      }),
      transformObject: (document) =>
        hoistSchemas(
          ('openapiObject' in document ? document.openapiObject : document.swaggerObject) as never,
        ) as object,
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { deepLinking: true, displayRequestDuration: true },
    })
  },
  { name: 'openapi', dependencies: ['errors', 'headers', 'access', 'unknown-routes'] },
)

/** The scopes of which a key needs one; an empty requirement says that none is needed. */
function securityOf(
  { scope = 'none', isPublic = false }: FastifyContextConfig = {},
  areKeysInForce: boolean,
): Record<string, string[]>[] {
  const key = { key: [scope].flat().filter((name) => name !== 'none') }
  return isPublic || !areKeysInForce ? [{}, key] : [key]
}
