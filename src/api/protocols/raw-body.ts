import { promisify } from 'node:util'
import { gunzip, inflate, type ZlibOptions } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { FlywheelError } from '../../contracts/errors.js'

const decoders = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const
type Encoding = keyof typeof decoders

/**
 * Takes bodies of every content type, and of none, as bytes in the routes of this plugin: clients of the protocols send
 * what they like. Routes with `acceptsCompressed` take gzip and deflate too, unpacked to `bodyLimit` bytes at most.
 */
export function acceptRawBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, body: Buffer, done) => {
    const encoding = request.headers['content-encoding']?.toLowerCase()
    if (encoding === undefined || !isEncoding(encoding)) return done(null, body)
    unpacked(body, { encoding, limitBytes: request.routeOptions.bodyLimit }).then(
      (bytes) => done(null, bytes),
      (error: Error) => done(error),
    )
  })
}

async function unpacked(
  body: Buffer,
  { encoding, limitBytes }: { encoding: Encoding; limitBytes: number },
): Promise<Buffer> {
  const limit: ZlibOptions = { maxOutputLength: limitBytes }
  try {
    return await decoders[encoding](body, limit)
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new FlywheelError('body-too-large', 'The unpacked body is larger than this route accepts')
    }
    throw new FlywheelError('body-malformed', `The body is not valid ${encoding}`, { cause: error })
  }
}

const isEncoding = (name: string): name is Encoding => Object.hasOwn(decoders, name)

/** The bytes that came; none where the request has no body. */
export const bytesOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0))
