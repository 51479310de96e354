import fp from 'fastify-plugin'

/** Answers are data: a browser shall neither guess what they are, nor run, frame or leak them. */
const everywhere = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Pages load what this service itself gives; the API reference sets styles in its elements. */
const pages = {
  ...everywhere,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

/** Headers that keep browsers from doing harm, and the request's id. They are constants: predict is a hot path. */
export default fp(
  async (app) => {
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(request.url.startsWith('/docs') ? pages : everywhere).header('x-request-id', request.id)
      done()
    })
  },
  { name: 'headers' },
)
