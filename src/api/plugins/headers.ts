import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** Headers that keep browsers from doing harm; pages may load what this service itself gives, and nothing else. */
export default fp(
  async (app) => {
    await app.register(helmet, {
      // The service speaks plain HTTP; whoever puts TLS before it decides about this.
      strictTransportSecurity: false,
      crossOriginOpenerPolicy: false,
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          // The API reference sets styles in its elements.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          fontSrc: ["'self'"],
          connectSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
    })
    app.addHook('onSend', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })
  },
  { name: 'headers' },
)
