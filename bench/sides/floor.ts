// What Fastify costs without anything of ours: a route that says hello, and one that gives a body back.
import Fastify from 'fastify'

const app = Fastify({ logger: false, bodyLimit: 16 * 1024 ** 2 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/hello', async () => ({ hello: 'world' }))
app.post('/echo', (request, reply) => reply.type('application/octet-stream').send(request.body))
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) })
process.stdin.resume().on('end', () => process.exit(0))
