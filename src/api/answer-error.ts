import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.js'
import { classify, sendProblem } from './problem.js'
import { isSharedPath, protocolOf, sendProtocolError, withErrorText } from './protocols/error-bodies.js'

/**
 * Renders an error, once: as a problem document, or as the path's protocol has it. A container knows the other
 * protocols' paths no more than any path.
 */
export function answerError(
  thrown: unknown,
  {
    config,
    request,
    reply,
  }: { config: Pick<Config, 'container'>; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const error = classify(thrown)
  const given = protocolOf(request.url)
  const protocol = config.container !== null && given !== 'mlflow' ? null : given
  if (protocol !== null) return sendProtocolError(error, protocol, reply)
  return sendProblem(isSharedPath(request.url) ? withErrorText(error) : error, request.id, reply)
}
