import { promisify } from 'node:util'
import { deflate, gzip, type ZlibOptions } from 'node:zlib'
import type { FastifyReply } from 'fastify'

const encoders = { gzip: promisify(gzip), deflate: promisify(deflate) } as const
type Encoding = keyof typeof encoders

/** Below it packing costs more than the bytes that it saves. */
const LEAST_BYTES = 4_096
/** Most of what packing saves, in the least time. */
const options: ZlibOptions = { level: 1 }

/**
 * Packs an answer where its client takes gzip or deflate, as Triton's `Accept-Encoding` has it, and says so in its
 * headers; short answers stay as they are.
 */
export function compressedAnswer(body: Buffer, reply: FastifyReply): Buffer | Promise<Buffer> {
  reply.header('vary', 'accept-encoding')
  if (body.length < LEAST_BYTES) return body
  const encoding = acceptedEncoding(reply.request.headers['accept-encoding']?.toString())
  if (encoding === null) return body
  reply.header('content-encoding', encoding)
  return encoders[encoding](body, options)
}

/** The first of ours that is taken; null where none is. */
function acceptedEncoding(header = ''): Encoding | null {
  const refused = /;\s*q=0(\.0*)?\s*$/
  const taken = header
    .toLowerCase()
    .split(',')
    .filter((part) => !refused.test(part))
    .map((part) => part.split(';', 1)[0]?.trim())
  if (taken.includes('gzip')) return 'gzip'
  return taken.includes('deflate') ? 'deflate' : null
}
