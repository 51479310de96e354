import type { IncomingMessage } from 'node:http'

/** Reads what is left of a body and drops it, so that a client that is still sending gets to read its answer. */
export function discardRest(request: IncomingMessage): void {
  request.unpipe()
  request.resume()
}
